import { assertEquals, assertStringIncludes } from "../assert.ts";
import { ADMIN, ANNA, BORIS, GROUP, withWorld } from "../world.ts";

const CROWDED = -1012;

Deno.test("naming: a bot that is renamed while it runs hears its new name at once", async () => {
  await withWorld(async (world) => {
    await world.ask("/stats");
    world.telegram.rename("fresh_name_bot");
    const { text } = await world.ask("/stats@fresh_name_bot", GROUP, ANNA);
    assertStringIncludes(text ?? "", "Статистика");
    const shout = await world.ask("/STATS@Fresh_Name_Bot", GROUP, ANNA);
    assertStringIncludes(shout.text ?? "", "Статистика");
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("naming: other bots' commands are theirs, and do not make us ask for our name each time", async () => {
  await withWorld(async (world) => {
    const people = [ANNA, BORIS, ADMIN, ...Array.from({ length: 7 }, (_, index) => 2000 + index)];
    for (const id of people.slice(3)) world.telegram.addUser({ id, first_name: `Имя ${id}` });
    const members = Object.fromEntries(people.map((id) => [id, "member" as const]));
    const botStatus = "administrator";
    world.telegram.addGroup({ id: CROWDED, title: "Много ботов", members, botStatus });
    await world.ask("/stats");
    const asked = () => world.telegram.calls.filter((it) => it.method === "getme").length;
    // Its own look at its name, within a second of the start and then each hour.
    await world.telegram.until(() => asked() >= 2, "the look at its name");
    const before = asked();
    for (let count = 0; count < 60; count++) {
      const person = people[count % people.length] ?? ANNA;
      world.telegram.say(CROWDED, person, `/stats@other${count % 3}_bot`);
    }
    world.telegram.say(CROWDED, ANNA, "/getid");
    await world.alert(CROWDED, "id этого чата");
    assertEquals(asked() - before, 3);
    assertEquals(world.fromBot(CROWDED).length, 1);
  });
});
