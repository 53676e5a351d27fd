import { GrammyError, HttpError } from "grammy";
import { isRefused, meaningOf, type Refusal, refusalOf } from "../../src/telegram/refusals.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";

type Meant = Refusal["means"] | (Refusal & { means: "chat unreachable" })["why"];

function refusal(error_code: unknown, description: unknown, parameters: unknown = {}): GrammyError {
  const answer = { ok: false, error_code, description, parameters };
  return new GrammyError("Call failed", answer as never, "sendMessage", {});
}

/** As Telegram, or what stands before it, has answered; and what that means. */
const MEANINGS: readonly [code: unknown, description: unknown, means: Meant][] = [
  [
    500,
    "Internal Server Error: sent message was immediately deleted and can't be returned",
    "sent",
  ],
  [500, "Internal Server Error", "uncertain"],
  [502, "Bad Gateway", "uncertain"],
  [401, "Unauthorized", "uncertain"],
  [404, "Not Found", "uncertain"],
  [409, "Conflict: terminated by other getUpdates request", "uncertain"],
  [301, "Moved Permanently", "uncertain"],
  [undefined, undefined, "uncertain"],
  ["400", "Bad Request: chat not found", "uncertain"],
  [400.5, "Bad Request: chat not found", "uncertain"],
  [null, "Internal server error", "uncertain"],
  [400, { no: "text" }, "refused"],
  [400, "Bad Request: wrong file identifier/HTTP URL specified", "file unknown"],
  [
    400,
    "Bad Request: wrong remote file identifier specified: can't unserialize it",
    "file unknown",
  ],
  [400, "Bad Request: FILE_REFERENCE_EXPIRED", "file unknown"],
  [403, "Forbidden: bot was blocked by the user", "blocked"],
  [400, "Bad Request: USER_IS_BLOCKED", "blocked"],
  [403, "Forbidden: user is deactivated", "deactivated"],
  [400, "Bad Request: INPUT_USER_DEACTIVATED", "deactivated"],
  [403, "Forbidden: bot can't initiate conversation with a user", "not started"],
  [400, "Bad Request: chat not found", "absent"],
  [400, "Bad Request: user not found", "absent"],
  [400, "Bad Request: PEER_ID_INVALID", "absent"],
  [400, "Bad Request: CHANNEL_PRIVATE", "absent"],
  [400, "Bad Request: CHANNEL_INVALID", "absent"],
  [400, "Bad Request: group chat was deactivated", "absent"],
  [403, "Forbidden: bot was kicked from the supergroup chat", "absent"],
  [403, "Forbidden: bot is not a member of the channel chat", "absent"],
  [403, "Forbidden: the group chat was deleted", "absent"],
  [403, "Forbidden: something new", "may not write"],
  [400, "Bad Request: not enough rights to send text messages to the chat", "may not write"],
  [400, "Bad Request: have no rights to send a message", "may not write"],
  [400, "Bad Request: need administrator rights in the channel chat", "may not write"],
  [400, "Bad Request: CHAT_WRITE_FORBIDDEN", "may not write"],
  [400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", "may not write"],
  [400, "Bad Request: CHAT_GUEST_SEND_FORBIDDEN", "may not write"],
  [400, "Bad Request: CHAT_ADMIN_REQUIRED", "may not write"],
  [400, "Bad Request: CHAT_RESTRICTED", "may not write"],
  [400, "Bad Request: USER_BANNED_IN_CHANNEL", "may not write"],
  [406, "ALLOW_PAYMENT_REQUIRED", "may not write"],
  [403, "Forbidden: PRIVACY_PREMIUM_REQUIRED", "may not write"],
  [400, "Bad Request: not enough rights to send documents to the chat", "no files"],
  [400, "Bad Request: CHAT_SEND_DOCS_FORBIDDEN", "no files"],
  [413, "Request Entity Too Large", "too large"],
  [400, "Bad Request: file is too big", "too large"],
  [400, "Bad Request: message thread not found", "topic gone"],
  [400, "Bad Request: TOPIC_CLOSED", "topic gone"],
  [400, "Bad Request: TOPIC_DELETED", "topic gone"],
  [400, "Bad Request: message to be replied not found", "without reply"],
  [400, "Bad Request: reply message not found", "without reply"],
  [400, "Bad Request: REPLY_MESSAGE_ID_INVALID", "without reply"],
  [400, "Bad Request: QUOTE_TEXT_INVALID", "without reply"],
  [400, "Bad Request: REPLY_MARKUP_INVALID", "without markup"],
  [400, "Bad Request: reply markup is too long", "without markup"],
  [400, "Bad Request: BUTTON_DATA_INVALID", "without markup"],
  [400, "Bad Request: BUTTON_USER_PRIVACY_RESTRICTED", "without markup"],
  [400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", "without markup"],
  [400, "Bad Request: can't parse entities: unexpected end", "without entities"],
  [400, "Bad Request: ENTITY_BOUNDS_INVALID", "without entities"],
  [
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
    "not modified",
  ],
  [400, "Bad Request: message to edit not found", "message lost"],
  [400, "Bad Request: message to delete not found", "message lost"],
  [400, "Bad Request: message can't be deleted", "message lost"],
  [400, "Bad Request: message can't be deleted for everyone", "message lost"],
  [400, "Bad Request: message can't be edited", "message lost"],
  [400, "Bad Request: MESSAGE_EDIT_TIME_EXPIRED", "message lost"],
  [400, "Bad Request: MESSAGE_ID_INVALID", "message lost"],
  [
    400,
    "Bad Request: query is too old and response timeout expired or query ID is invalid",
    "press too old",
  ],
  [400, "Bad Request: MSG_WAIT_FAILED", "refused"],
  [400, "Bad Request: message is too long", "refused"],
  [400, "Bad Request: SOMETHING_NEW", "refused"],
];

Deno.test("refusals: every answer on record means what it means", async (t) => {
  for (const [code, description, means] of MEANINGS) {
    await t.step(`${code} ${JSON.stringify(description)}`, () => {
      const meant = meaningOf({ error_code: code, description, parameters: undefined });
      assertEquals(meant.means === "chat unreachable" ? meant.why : meant.means, means);
    });
  }
});

Deno.test("refusals: Telegram says how long to wait, in whatever words", () => {
  const waits: [unknown, string, unknown, number][] = [
    [429, "Too Many Requests: retry after 7", { retry_after: 7 }, 7],
    [429, "Too Many Requests", { retry_after: 1_000_000_000 }, 3_600],
    [429, "Too Many Requests", { retry_after: "abc" }, 1],
    [429, "Too Many Requests", { retry_after: -5 }, 1],
    [429, "Too Many Requests", null, 1],
    [420, "FLOOD_WAIT_30", undefined, 30],
    [400, "Bad Request: SLOWMODE_WAIT_12", undefined, 12],
  ];
  for (const [error_code, description, parameters, seconds] of waits) {
    const meant = meaningOf({ error_code, description, parameters });
    assertEquals(meant, { means: "later", seconds }, description);
  }
});

Deno.test("refusals: a group that moved says where to, if that can be believed", () => {
  const description = "Bad Request: group chat was upgraded to a supergroup chat";
  const moved = (to: unknown) => refusalOf(refusal(400, description, { migrate_to_chat_id: to }));
  assertEquals(moved(-1005), { means: "chat moved", to: -1005 });
  assertObjectMatch(moved("-1005"), { means: "chat unreachable", why: "absent" });
});

Deno.test("refusals: what is no answer of Telegram leaves everything uncertain", () => {
  const lost = [new HttpError("failed", new TypeError("reset")), new SyntaxError("<"), "x", null];
  for (const error of lost) assertEquals(refusalOf(error), { means: "uncertain" });
});

Deno.test("refusals: an edit that is refused for whatever reason is left to a new message", () => {
  const refused = ["MESSAGE_EDIT_TIME_EXPIRED", "TOPIC_CLOSED", "SOMETHING_NEW", "chat not found"];
  for (const it of refused) assertEquals(isRefused(refusal(400, `Bad Request: ${it}`)), true);
  assertEquals(isRefused(refusal(403, "Forbidden: something")), true);
  assertEquals(isRefused(refusal(429, "Too Many Requests")), false);
  assertEquals(isRefused(refusal(500, "Internal Server Error")), false);
  assertEquals(isRefused(new TypeError("reset")), false);
});
