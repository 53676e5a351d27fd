// Names that people give themselves, as a card stores and shows them.
import type { Api } from "grammy";
import { HolderNames } from "../../src/telegram/holder_names.ts";
import { assert, assertEquals } from "../assert.ts";

async function stored(first_name: string): Promise<string> {
  const names: string[] = [];
  const member = { status: "member", user: { id: 7, is_bot: false, first_name } };
  const holders = new HolderNames({
    api: { getChatMember: () => Promise.resolve(member) } as unknown as Api,
    cards: {
      nameless: () => Promise.resolve([]),
      name: (_, name) => Promise.resolve(void names.push(name)),
      drop: () => Promise.reject(new Error("A member")),
    },
    logger: { debug() {}, info() {}, warning() {}, error() {} },
    redact: (text) => text,
    now: () => 0,
  });
  holders.ask({ chatId: -1, incidentId: 1, person: 7 });
  await holders.settled();
  return names.join();
}

Deno.test("a name that begins with what nobody sees is stored by what is seen of it", async () => {
  for (const unseen of ["\u200b", "\u3164", "\u202e", "\u2060", "\u00ad"]) {
    assertEquals(await stored(`${unseen.repeat(40)}Вася`), "Вася", escape(unseen));
    assertEquals(await stored(unseen.repeat(64)), "");
  }
});

Deno.test("a name of 64 characters of any kind is stored whole or cut, in one line of at most 32", async () => {
  for (
    const one of ["ﷺ", "👨‍👩‍👧‍👦", "а\n", "e\u0301\u0302\u0303\u0304\u0305", "\ud83d\ude00", "\ud800"]
  ) {
    const name = await stored(one.repeat(64).slice(0, 64));
    assert(name.length > 0 && name.length <= 32 && name.isWellFormed(), name);
    assert(!/[\n\r]/.test(name), name);
  }
});
