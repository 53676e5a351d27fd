import { htmlToText } from "./html_text.ts";

// The host's own headline, in the two languages it is asked in, with an adjective at most.
const OUTAGE =
  /(?<![\p{L}\p{N}])(?:временный(?:[^\p{L}\p{N}]+\p{L}+)?[^\p{L}\p{N}]*сбой|(?:temporary|service|partial|major)[^\p{L}\p{N}]+(?:failure|outage|disruption|malfunction))(?![\p{L}\p{N}])/iu;
const ENDED =
  /(?:устран|заверш|реш|прош)[её]н(?!и)|восстановлен(?!и)|исправлен(?!и)|(?:за|о)кончен|(?:закончил|завершил|прекратил)ся|прош[её]л(?!\p{L})|ликвидирован|снят(?!и)|позади|вс[её]\s+работает|(?:больше|более)\s+не(?!\p{L})|(?<!\p{L})был(?!\p{L})|(?<!\p{L})(?:resolved|fixed|restored|ended|over|no longer)(?!\p{L})/iu;
const NO_LONGER = /(?<!\p{L})(?:больше|более)\s+не(?!\p{L})/giu;
// Beside a word of the end: it has not come, or not for all.
const NOT_YET =
  /(?<!\p{L})(?:не|ещ[её]|пока|будет|скоро|частично|not|yet|partially|will|soon|being)(?!\p{L})|недоступ|обнаружен|зафиксирован|выявлен|продолжа/iu;
// «Не всё отлично работает».
const NOT_ALL_WELL =
  /(?<![\p{L}\p{N}])не[^\p{L}\p{N}]+вс[её][^\p{L}\p{N}]+(?:отлично[^\p{L}\p{N}]+)?работает(?![\p{L}\p{N}])/iu;

/**
 * Whether a headline of the feed, which may hold HTML, names an outage and not its end. Read as a
 * browser shows it, without its tags as Bitrix24's product does, and with entities written twice.
 */
export function namesOutage(headline: string): boolean {
  const { text } = htmlToText(headline);
  const bare = htmlToText(headline.replace(/<[^<>]*>/g, " ")).text;
  return [text, bare, htmlToText(text).text].some((it) => {
    if (NOT_ALL_WELL.test(it)) return true;
    return OUTAGE.test(it) && !(ENDED.test(it) && !NOT_YET.test(it.replace(NO_LONGER, "")));
  });
}
