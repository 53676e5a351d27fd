import { type Ask, type Holder, press } from "../../src/domain/card.ts";
import { assertEquals } from "../assert.ts";

const [IGOR, ANNA] = [7, 8];
const NOW = 1_000_000;

const held = (agoMs: number, id = IGOR): Holder => ({
  id,
  name: "Игорь",
  since: NOW - agoMs,
  afterMs: null,
});
const asked = (agoMs: number, holderId = IGOR): Ask => ({ holderId, at: NOW - agoMs });

Deno.test("press(): who has the incident after somebody's press", async (t) => {
  type Case = [title: string, holder: Holder | null, person: number, ask: Ask | null, what: string];
  const cases: Case[] = [
    ["of what nobody has, takes it", null, IGOR, null, "taken"],
    ["of what was let go of since the question, takes it", null, ANNA, asked(3_000), "taken"],
    ["of one's own at once, is a quick finger", held(0), IGOR, null, "held"],
    ["of one's own after almost 3 s, still is one", held(2_999), IGOR, null, "held"],
    ["of one's own after 3 s, lets go", held(3_000), IGOR, null, "released"],
    [
      "of one's own, taken by a clock that was set back since, lets go",
      held(-9),
      IGOR,
      null,
      "released",
    ],
    ["of somebody else's, is asked", held(0), ANNA, null, "asked"],
    ["too soon after the question, is asked still", held(9_999), ANNA, asked(1_999), "asked"],
    ["2 s after the question, takes over", held(9_999), ANNA, asked(2_000), "taken over"],
    ["10 s after the question, takes over", held(60_000), ANNA, asked(10_000), "taken over"],
    ["later than that, is asked anew", held(60_000), ANNA, asked(10_001), "asked"],
    ["after a question about another holder, is asked", held(0, 9), ANNA, asked(3_000), "asked"],
    ["asked by a clock that was set back since, is asked anew", held(0), ANNA, asked(-1), "asked"],
  ];
  for (const [title, holder, person, ask, what] of cases) {
    await t.step(`a press ${title}`, () => {
      assertEquals(press(holder, { person, ask, now: NOW }).kind, what);
    });
  }
});

Deno.test("press(): impatience does not put off the moment from which a second press takes over", () => {
  let ask: Ask | null = null;
  const kinds = [0, 500, 1_000, 1_999, 2_000].map((ms) => {
    const pressed = press(held(0), { person: ANNA, ask, now: NOW + ms });
    if (pressed.kind === "asked") ask = pressed.ask;
    return pressed.kind;
  });
  assertEquals(kinds, ["asked", "asked", "asked", "asked", "taken over"]);
});
