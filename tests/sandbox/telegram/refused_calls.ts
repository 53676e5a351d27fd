import { ALICE, CHANNEL, GROUP, STRANGER } from "./support.ts";
import { button, COMMAND, commands, NOBODY, type Row } from "./refused_text.ts";

/** Rules of keyboards. */
export const REFUSED_KEYBOARDS: readonly Row[] = [
  [
    "keyboard as text",
    "sendMessage",
    { chat_id: ALICE, text: "x", reply_markup: "{" },
    "can't parse reply keyboard markup JSON object",
  ],
  [
    "keyboard as a list",
    "sendMessage",
    { chat_id: ALICE, text: "x", reply_markup: [] },
    "object expected as reply markup",
  ],
  [
    "keyboard of one row",
    "sendMessage",
    { chat_id: ALICE, text: "x", reply_markup: { inline_keyboard: [{ text: "x" }] } },
    `field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`,
  ],
  [
    "button without label",
    "sendMessage",
    button({ callback_data: "x" }),
    `can't parse inline keyboard button: Can't find field "text"`,
  ],
  [
    "button with an empty label",
    "sendMessage",
    button({ text: "", callback_data: "x" }),
    "inline keyboard button text must be non-empty",
  ],
  [
    "button without action",
    "sendMessage",
    button({ text: "x" }),
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
  ],
  [
    "button with empty data",
    "sendMessage",
    button({ text: "x", callback_data: "" }),
    "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
  ],
  [
    "callback data of 66 bytes in 33 letters",
    "sendMessage",
    button({ text: "x", callback_data: "ж".repeat(33) }),
    "BUTTON_DATA_INVALID",
  ],
  [
    "button to nowhere",
    "sendMessage",
    button({ text: "x", url: "not an address" }),
    "inline keyboard button URL 'not an address' is invalid: Wrong HTTP URL",
  ],
  [
    "copy button with nothing to copy",
    "sendMessage",
    button({ text: "x", copy_text: { text: "" } }),
    "BUTTON_COPY_TEXT_INVALID",
  ],
  [
    "copy button with 257 characters",
    "sendMessage",
    button({ text: "x", copy_text: { text: "ж".repeat(257) } }),
    "BUTTON_COPY_TEXT_INVALID",
  ],
  [
    "copy button without its object",
    "sendMessage",
    button({ text: "x", copy_text: "y" }),
    `can't parse inline keyboard button: Can't find field "text"`,
  ],
  [
    "button of a strange colour",
    "sendMessage",
    button({ text: "x", callback_data: "x", style: "pink" }),
    "can't parse inline keyboard button: invalid button style specified",
  ],
  [
    "101 buttons",
    "sendMessage",
    {
      chat_id: ALICE,
      text: "x",
      reply_markup: { inline_keyboard: Array(101).fill([{ text: "x", callback_data: "x" }]) },
    },
    "reply markup is too long",
  ],
];

/** Rules of everything else. */
export const REFUSED_CALLS: readonly Row[] = [
  [
    "reply to nothing",
    "sendMessage",
    { chat_id: ALICE, text: "x", reply_parameters: { message_id: 77 } },
    "message to be replied not found",
  ],
  [
    "reply without id",
    "sendMessage",
    { chat_id: ALICE, text: "x", reply_parameters: { allow_sending_without_reply: true } },
    `can't find field "message_id"`,
  ],
  [
    "channel without rights",
    "sendMessage",
    { chat_id: CHANNEL, text: "x" },
    "need administrator rights in the channel chat",
  ],
  [
    "edit of nothing",
    "editMessageText",
    { chat_id: ALICE, message_id: 77, text: "x" },
    "message to edit not found",
  ],
  [
    "edit of another's message",
    "editMessageText",
    { chat_id: ALICE, message_id: 1, text: "x" },
    "message can't be edited",
  ],
  ["edit without address", "editMessageText", { text: "x" }, "message identifier is not specified"],
  [
    "edit to a keyboard of another kind",
    "editMessageText",
    { chat_id: ALICE, message_id: 1, text: "x", reply_markup: { force_reply: true } },
    "inline keyboard expected",
  ],
  ["document missing", "sendDocument", { chat_id: ALICE }, "there is no document in the request"],
  [
    "document unknown",
    "sendDocument",
    { chat_id: ALICE, document: "file77" },
    "wrong file identifier/HTTP URL specified",
  ],
  [
    "strange action",
    "sendChatAction",
    { chat_id: ALICE, action: "dancing" },
    "wrong parameter action in request",
  ],
  [
    "press unknown",
    "answerCallbackQuery",
    { callback_query_id: "77" },
    "query is too old and response timeout expired or query ID is invalid",
  ],
  [
    "answer of 201",
    "answerCallbackQuery",
    { callback_query_id: "77", text: "x".repeat(201) },
    "MESSAGE_TOO_LONG",
  ],
  ["member without id", "getChatMember", { chat_id: GROUP }, "invalid user_id specified"],
  [
    "member nobody knows",
    "getChatMember",
    { chat_id: GROUP, user_id: NOBODY },
    "PARTICIPANT_ID_INVALID",
  ],
  ["commands as text", "setMyCommands", commands("{"), "can't parse commands JSON object"],
  ["commands as object", "setMyCommands", commands({}), "expected an Array of BotCommand"],
  [
    "command in capitals",
    "setMyCommands",
    commands([{ ...COMMAND, command: "Status" }]),
    "BOT_COMMAND_INVALID",
  ],
  [
    "command of 33",
    "setMyCommands",
    commands([{ ...COMMAND, command: "x".repeat(33) }]),
    "command length must not exceed 32",
  ],
  [
    "command without name",
    "setMyCommands",
    commands([{ description: "x" }]),
    `can't parse BotCommand: Can't find field "command"`,
  ],
  [
    "command without description",
    "setMyCommands",
    commands([{ ...COMMAND, description: "" }]),
    "command description must be non-empty",
  ],
  [
    "description of 257",
    "setMyCommands",
    commands([{ ...COMMAND, description: "x".repeat(257) }]),
    "command description length must not exceed 256",
  ],
  ["101 commands", "setMyCommands", commands(Array(101).fill(COMMAND)), "BOT_COMMANDS_TOO_MUCH"],
  [
    "language of three letters",
    "setMyCommands",
    commands([COMMAND], { language_code: "rus" }),
    "invalid language code specified",
  ],
  [
    "strange scope",
    "setMyCommands",
    commands([COMMAND], { scope: { type: "galaxy" } }),
    "can't parse BotCommandScope: Unsupported type specified",
  ],
  [
    "scope without chat",
    "setMyCommands",
    commands([COMMAND], { scope: { type: "chat" } }),
    `can't parse BotCommandScope: Can't find field "chat_id"`,
  ],
  [
    "scope of a stranger",
    "setMyCommands",
    commands([COMMAND], { scope: { type: "chat", chat_id: STRANGER } }),
    "chat not found",
  ],
  [
    "scope of a private chat's administrators",
    "setMyCommands",
    commands([COMMAND], { scope: { type: "chat_administrators", chat_id: ALICE } }),
    "can't use specified scope in private chats",
  ],
];
