import type { Decision, Result } from "../../domain/decision.ts";

/** The answer to /why. */
export const why = {
  title: "🧭 Последние решения об этом чате",
  none: "Решений за последние 30 дней нет: ничего не менялось.",
  kinds: {
    opened: "начало",
    worsened: "стало хуже",
    eased: "стало легче",
    updated: "обновление",
    closed: "снова работает",
    blinded: "статус не читается",
    sighted: "статус снова читается",
  } satisfies Record<Decision["kind"], string>,
  results: {
    "with a sound": "отправлено со звуком",
    "silently": "отправлено без звука",
    "a reply and an edit": "ответ со звуком и правка сообщения",
    "an edit": "только правка сообщения",
    "pending": "отправляется",
    "paused": "ждёт: писать сюда сейчас не получается",
    "failed": "не отправлено: Telegram не принял сообщение",
    "expired": "не отправлено: за сутки не получилось",
    "unknown": "неизвестно: решено до обновления бота",
    "for administrators": "не отправлено: это для администраторов бота",
    "ALERT_ON_ISSUES is off": "не отправлено: сбои выключены в настройках бота (ALERT_ON_ISSUES)",
    "ALERT_ON_DEGRADED is off":
      "не отправлено: задержки выключены в настройках бота (ALERT_ON_DEGRADED)",
    "ALERT_ON_RECOVERY is off":
      "не отправлено: восстановления выключены в настройках бота (ALERT_ON_RECOVERY)",
    "outdated": "не отправлено: пока ждали, всё снова стало иначе",
    "came back": "не отправлено: сбой тут же вернулся",
    "beginning not told": "не отправлено: о начале этот чат не слышал",
    "known already": "не отправлено: чат уже видел это",
    "incident removed": "не отправлено: инцидент удалён из базы",
    "no recipient": "об отправке нет записи: чат тогда не был подписан или с тех пор отписался",
    "unsubscribed": "не отправлено: чат отписался",
    "told in the supergroup": "не отправлено: группа стала супергруппой, там уже сказано",
    "not admitted": "не отправлено: чата нет в списке бота (ALLOWED_CHATS)",
  } satisfies Record<Result, string>,
};
