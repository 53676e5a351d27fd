import { Api } from "grammy";
import type { Asking } from "../../src/telegram/action_contract.ts";
import type { Audience, Place } from "../../src/telegram/action_terms.ts";
import { ACTIONS } from "../../src/telegram/actions.ts";
import { EDITS } from "../../src/domain/rule_edit.ts";
import { judge } from "../../src/telegram/rights.ts";
import { textsOf } from "../../src/telegram/texts/format.ts";
import { assertEquals } from "../assert.ts";

// Who may what, where: the table of actions, and what comes of it for people in chats.

const ADMINISTRATOR = 11;
const ANNA = 12;
const OUR_GROUP = -100;
const GROUP = -200;
const texts = textsOf("ru");
const deps = {
  voice: { texts },
  settings: { adminIds: [ADMINISTRATOR] },
  chats: { isConfigured: (chatId: number) => chatId === OUR_GROUP },
};

/** Whoever asks for something by a command; `status` is what Telegram says of them in the chat. */
function asking(
  userId: number,
  chat: Asking["chat"],
  { status = null, senderChatId = null }: {
    status?: "creator" | "administrator" | "member" | null;
    senderChatId?: number | null;
  } = {},
): Asking {
  const api = new Api("4242:test");
  api.config.use((_, method) => {
    if (method !== "getChatMember" || status === null) throw new Error(`No answer to ${method}`);
    // deno-lint-ignore no-explicit-any -- the answer of any method
    return Promise.resolve({ ok: true, result: { status } } as any);
  });
  const askedAt = 0;
  return {
    api,
    botName: "bot",
    topicId: null,
    chat,
    userId,
    languageCode: null,
    senderChatId,
    askedAt,
    shownAt: null,
    entities: [],
    argument: "",
  };
}

const inPrivate = (userId: number) => ({ id: userId, type: "private" });
const ours = { id: OUR_GROUP, type: "supergroup" };
const foreign = { id: GROUP, type: "supergroup" };
const channel = { id: -300, type: "channel" };

Deno.test("the table of actions says who may what, and where", () => {
  const having = (matches: (rule: typeof ACTIONS[keyof typeof ACTIONS]) => boolean) =>
    Object.entries(ACTIONS).filter(([, rule]) => matches(rule)).map(([name]) => name).sort();
  const administration = [
    ...["admin_menu", "announce", "bulletin", "connections", "database", "monitoring"],
  ];
  assertEquals(having((it) => it.who === "administrators"), administration);
  assertEquals(having((it) => it.who === "log readers"), ["logs"]);
  const changes = [
    ...EDITS,
    "hear_only",
    "hear_too",
    "hush",
    "moved",
    "portal",
    "portal_drop",
    "portal_is",
    "portal_watch",
  ]
    .concat(["board", "drill", "lang", "quiet", "subscribe", "unsubscribe"]);
  const settings = [...changes, "rule", "settings"].sort();
  assertEquals(having((it) => it.who === "subscribers"), settings);
  const guarded = having((it) => it.where === "private and our groups");
  assertEquals(guarded, [...administration, "logs"].sort());
  assertEquals(having((it) => it.where === "private"), ["forget", "forget_now"]);
  const onCards = ["release", "still", "take", "take_reminded"];
  assertEquals(having((it) => it.where === "groups"), onCards);
  assertEquals(having((it) => it.isWayOut), ["forget", "forget_now", "unsubscribe"]);
  assertEquals(having((it) => it.isSlow), ["status"]);
  assertEquals(having((it) => it.changes === "administration"), ["monitoring"]);
  const changing = [...changes, "forget_now", "start"].sort();
  assertEquals(having((it) => it.changes === "subscription"), changing);
  assertEquals(having((it) => it.changes === "message"), ["bulletin", "close", ...onCards]);
});

Deno.test("rights: who asks what where gets it here, in private, or the reason why not", async (t) => {
  const HERE = { kind: "here" };
  const refused = (refusal: string) => ({ kind: "refused", refusal });
  const toPrivate = { kind: "in private", userId: ADMINISTRATOR };
  const { denied } = texts;
  const groupAnonymous = { senderChatId: GROUP };
  const cases: [title: string, who: Audience, where: Place, asking: Asking, expected: unknown][] = [
    ["anyone in private", "anyone", "private", asking(ANNA, inPrivate(ANNA)), HERE],
    ["anyone in a group", "anyone", "private and groups", asking(ANNA, foreign), HERE],
    [
      "an administrator in a channel",
      "anyone",
      "private and groups",
      asking(ADMINISTRATOR, channel),
      refused(denied.channel),
    ],
    [
      "what is private, in a group of the settings",
      "anyone",
      "private",
      asking(ADMINISTRATOR, ours),
      refused(texts.forget.inPrivate),
    ],
    [
      "a subscriber in private",
      "subscribers",
      "private and groups",
      asking(ANNA, inPrivate(ANNA)),
      HERE,
    ],
    [
      "the owner of a group",
      "subscribers",
      "private and groups",
      asking(ANNA, foreign, { status: "creator" }),
      HERE,
    ],
    [
      "a member of a group",
      "subscribers",
      "private and groups",
      asking(ANNA, foreign, { status: "member" }),
      refused(denied.groupAdministrators),
    ],
    [
      "somebody of whom Telegram says nothing",
      "subscribers",
      "private and groups",
      asking(ANNA, foreign),
      refused(denied.groupUnknown),
    ],
    [
      "an anonymous administrator of the group",
      "subscribers",
      "private and groups",
      asking(ANNA, foreign, groupAnonymous),
      HERE,
    ],
    [
      "a channel that writes in a group",
      "subscribers",
      "private and groups",
      asking(ANNA, foreign, { senderChatId: -300 }),
      refused(denied.groupAdministrators),
    ],
    [
      "an administrator's logs in private",
      "log readers",
      "private and our groups",
      asking(ADMINISTRATOR, inPrivate(ADMINISTRATOR)),
      HERE,
    ],
    [
      "anybody's logs in a group of the settings",
      "log readers",
      "private and our groups",
      asking(ANNA, ours),
      HERE,
    ],
    [
      "an administrator's logs in another group",
      "log readers",
      "private and our groups",
      asking(ADMINISTRATOR, foreign),
      toPrivate,
    ],
    [
      "somebody's logs in private",
      "log readers",
      "private and our groups",
      asking(ANNA, inPrivate(ANNA)),
      refused(denied.logs),
    ],
    [
      "administration in private",
      "administrators",
      "private and our groups",
      asking(ADMINISTRATOR, inPrivate(ADMINISTRATOR)),
      HERE,
    ],
    [
      "administration in a group of the settings",
      "administrators",
      "private and our groups",
      asking(ADMINISTRATOR, ours),
      HERE,
    ],
    [
      "administration in another group",
      "administrators",
      "private and our groups",
      asking(ADMINISTRATOR, foreign),
      toPrivate,
    ],
    [
      "administration by somebody else",
      "administrators",
      "private and our groups",
      asking(ANNA, ours),
      refused(denied.administrators),
    ],
    [
      "administration in the name of a chat",
      "administrators",
      "private and our groups",
      asking(ADMINISTRATOR, foreign, groupAnonymous),
      refused(denied.nameless),
    ],
  ];
  for (const [title, who, where, asked, expected] of cases) {
    await t.step(
      title,
      async () => assertEquals(await judge(deps, { who, where }, asked), expected),
    );
  }
});
