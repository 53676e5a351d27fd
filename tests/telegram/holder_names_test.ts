import type { Api } from "grammy";
import { HolderNames } from "../../src/telegram/holder_names.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { assertEquals } from "../assert.ts";

const HAND = { chatId: -100, incidentId: 5, person: 7 };

/** What is stored once Telegram has said this of the holder. */
async function stored(
  member: Record<string, unknown> | Error,
  firstName = "Игорь",
): Promise<unknown[]> {
  const calls: unknown[] = [];
  const user = { id: HAND.person, is_bot: false, first_name: firstName, username: "secret" };
  const names = new HolderNames({
    api: {
      getChatMember: () =>
        member instanceof Error ? Promise.reject(member) : Promise.resolve({ user, ...member }),
    } as unknown as Api,
    cards: {
      nameless: () => Promise.resolve([HAND]),
      name: (_, name) => Promise.resolve(void calls.push(name)),
      drop: () => Promise.resolve(void calls.push(null)),
    },
    logger: arrayLogger(),
    redact: String,
    now: () => 0,
  });
  await names.resume();
  await names.settled();
  return calls;
}

Deno.test("HolderNames: the name of a member is shown, that of an anonymous one is not, and a stranger holds nothing", async () => {
  assertEquals(await stored({ status: "member" }), ["Игорь"]);
  assertEquals(await stored({ status: "creator", is_anonymous: false }), ["Игорь"]);
  assertEquals(await stored({ status: "administrator", is_anonymous: true }), [""]);
  assertEquals(await stored({ status: "creator", is_anonymous: true }), [""]);
  assertEquals(await stored({ status: "restricted", is_member: true }), ["Игорь"]);
  assertEquals(await stored({ status: "restricted", is_member: false }), [null]);
  assertEquals(await stored({ status: "left" }), [null]);
  assertEquals(await stored({ status: "kicked" }), [null]);
});

Deno.test("HolderNames: without an answer nothing is stored, and a name is cut, or none when there is nothing to see", async () => {
  assertEquals(await stored(new Error("no answer")), []);
  assertEquals(await stored({ status: "member" }, "\u200b\u2800 "), [""]);
  const [long] = await stored({ status: "member" }, "Ж".repeat(64));
  assertEquals(String(long).length <= 32, true);
});
