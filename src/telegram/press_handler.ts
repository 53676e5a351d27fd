import type { Context, NextFunction } from "grammy";
import type { Asking, BotDeps } from "./action_contract.ts";
import { ACTIONS } from "./actions.ts";
import { type ActionName, CALLBACKS } from "./callbacks.ts";
import { isForwarded, placeOf } from "./commands.ts";
import type { Keyboards } from "./keyboards.ts";
import { type Handling, handlingIn, perform } from "./performing.ts";
import { isAccessible, topicOf } from "./replies.ts";
import { judge } from "./rights.ts";
import { sentence } from "./screen.ts";

/** Answers presses of buttons: each by a toast, and by a screen or a file if the action has one. */
export class PressHandler {
  readonly #handling: Handling;
  readonly #keyboards: Keyboards;
  /** Presses whose toast was sent before their turn. */
  readonly #isToasted = new WeakSet<Context>();

  constructor(handling: Handling, keyboards: Keyboards) {
    this.#handling = handling;
    this.#keyboards = keyboards;
  }

  /** Answers a press that may take seconds before it waits for its turn in the chat. */
  async announceSlow(ctx: Context, next: NextFunction): Promise<void> {
    const { deps, replies } = this.#handlingOf(ctx);
    const press = this.#read(ctx);
    if (press.kind === "held" && ACTIONS[press.action].isSlow) {
      const verdict = await judge(deps, ACTIONS[press.action], press.asking);
      if (verdict.kind === "here") {
        this.#isToasted.add(ctx);
        await replies.toast(ctx, deps.voice.texts.checking);
      }
    }
    await next();
  }

  async handle(ctx: Context): Promise<void> {
    const handling = this.#handlingOf(ctx);
    const { deps, replies, logger } = handling;
    const { texts } = deps.voice;
    const press = this.#read(ctx);
    logger.info("callback", {
      callback: press.action ?? "unknown",
      chat: ctx.callbackQuery?.message?.chat.id,
      user: ctx.from?.id,
    });
    deps.counters.add("callbacks_total", { action: press.action ?? "unknown" });
    const isToasted = this.#isToasted.has(ctx);
    if (press.kind !== "held") {
      if (isToasted) return;
      // "You may not" is more useful than "open the menu again".
      const refusal = press.asking &&
        await this.#refusalOf(deps, press.action, press.asking);
      if (refusal !== null) return await replies.toast(ctx, refusal, true);
      return await replies.toast(ctx, press.kind === "quick" ? undefined : texts.staleButton);
    }
    const { asking } = press;
    const answer = await perform(handling, press.action, asking);
    const address = topicOf(asking);
    switch (answer.kind) {
      case "screen":
        // Message and toast side by side, so that neither waits for the other.
        await Promise.all([
          press.opensNew
            ? replies.say(ctx, address, answer.screen)
            : replies.edit(ctx, press.message, answer.screen),
          isToasted || replies.toast(ctx, answer.toast),
        ]);
        return;
      case "refusal":
        return isToasted
          ? await replies.say(ctx, address, sentence(answer.text))
          : await replies.toast(ctx, answer.text, true);
      case "toast":
        return await replies.toast(ctx, answer.text, answer.isAlert);
      case "file":
        return await replies.sendFile(ctx, address, {
          preparing: () => replies.toast(ctx, texts.exportPreparing),
          sent: () => replies.toast(ctx, texts.exportSent),
        });
      case "aside":
      case "slow": {
        const isGroup = asking.chat.type !== "private";
        const replyTo = isGroup && press.message.message_id > 0
          ? press.message.message_id
          : undefined;
        const cause = { press: ctx.callbackQuery?.id ?? "" };
        await Promise.all([
          replies.aside(asking, { address: { ...address, replyTo }, cause }, answer),
          replies.toast(ctx),
        ]);
      }
    }
  }

  #handlingOf(ctx: Context): Handling {
    return handlingIn(this.#handling, ctx.chat?.id);
  }

  /** What a press asks for, and whether the pressed message has such a button. */
  #read(ctx: Context) {
    const { data = "", message } = ctx.callbackQuery ?? {};
    const { action = null, argument = "", opensNew = false } = CALLBACKS.read(data) ?? {};
    // Without a message there is no chat to show anything in.
    if (action === null || !message) return { kind: "foreign", action, asking: null } as const;
    const asking: Asking = {
      api: ctx.api,
      botName: ctx.me.username,
      ...placeOf(message),
      userId: ctx.from?.id ?? null,
      languageCode: ctx.from?.language_code ?? null,
      senderChatId: null,
      askedAt: null,
      shownAt: message.date * 1000,
      argument,
      entities: [],
    };
    // An inaccessible message has no keyboard to check; the answer comes as a new message.
    const kind = !isAccessible(message)
      ? ACTIONS[action].changes === "nothing" ? "held" : "foreign"
      : isForwarded(message)
      ? "foreign"
      : this.#keyboards.find(message, data);
    return { kind, action, opensNew, message, asking } as const;
  }

  /**
   * The refusal of a button that its message does not have; null for `subscribers`: only Telegram
   * knows.
   */
  async #refusalOf(
    deps: BotDeps,
    action: ActionName,
    asking: Asking,
  ): Promise<string | null> {
    const { who } = ACTIONS[action];
    if (who === "subscribers") return null;
    const verdict = await judge(deps, { who, where: "private and groups" }, asking);
    return verdict.kind === "refused" ? verdict.refusal : null;
  }
}
