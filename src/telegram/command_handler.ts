import type { Context } from "grammy";
import type { Message } from "grammy/types";
import { ADMIN_COMMANDS, PUBLIC_COMMANDS } from "./actions.ts";
import type { ActionName } from "./callbacks.ts";
import { askingOf, isByProxy, readCommand } from "./commands.ts";
import type { Identity } from "./identity.ts";
import { type Handling, handlingIn, perform } from "./performing.ts";
import { addressOf } from "./replies.ts";
import { sentence } from "./screen.ts";

export interface CommandHandling extends Handling {
  readonly identity: Identity;
  /** Called after an administrator wrote /start: Telegram knows their chat from now on. */
  readonly onAdministratorStarted: (userId: number) => void;
}

const COMMANDS: readonly ActionName[] = [...PUBLIC_COMMANDS, ...ADMIN_COMMANDS];

/** Answers a message: in a group only a command of ours, in a private chat any text. */
export async function handleMessage(
  bot: CommandHandling,
  ctx: Context,
  message: Message,
): Promise<void> {
  const handling = handlingIn(bot, message.chat.id);
  const { deps, replies, logger, identity } = handling;
  const { texts } = deps.voice;
  const command = readCommand(message);
  const isForUs = command?.target != null && await identity.isOurs(command.target);
  const isPrivate = message.chat.type === "private";
  const reply = (text: string) => replies.reply(ctx, message, sentence(text));
  if (command === null || (command.target !== null && !isForUs)) {
    // In a group people talk to each other; in private a photo or a sticker asks nothing.
    if (isPrivate && message.text) await reply(texts.hint);
    return;
  }
  if (isByProxy(message)) {
    logger.info("command by proxy", { chat: message.chat.id });
    if (isPrivate) await reply(texts.denied.byProxy);
    return;
  }
  const action = COMMANDS.find((it) => it === command.name);
  logger.info("command", {
    command: action ?? "unknown",
    chat: message.chat.id,
    user: message.from?.id,
  });
  deps.counters.add("commands_total", { command: action ?? "unknown" });
  if (!action) {
    if (isPrivate || isForUs) await reply(texts.unknownCommand);
    return;
  }
  const asking = { api: ctx.api, botName: ctx.me.username, ...askingOf(message, command) };
  const answer = await perform(handling, action, asking);
  switch (answer.kind) {
    case "screen":
      await replies.reply(ctx, message, answer.screen);
      break;
    case "refusal":
      await reply(answer.text);
      break;
    case "file":
      await replies.sendFile(ctx, addressOf(message), {
        preparing: () => reply(texts.exportPreparing),
        sent: () => Promise.resolve(),
      });
      break;
    case "toast":
      await reply(answer.text);
      break;
    case "aside":
    case "slow": {
      const place = { address: addressOf(message), cause: { message: message.message_id } };
      await replies.aside(asking, place, answer);
    }
  }
  if (action === "start" && isPrivate && deps.settings.adminIds.includes(message.chat.id)) {
    handling.onAdministratorStarted(message.chat.id);
  }
}
