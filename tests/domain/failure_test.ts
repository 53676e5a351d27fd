import fc from "fast-check";
import { type Failing, failureKey, failureOf, strayed } from "../../src/domain/failure.ts";
import { assert, assertEquals } from "../assert.ts";

const OUTAGE = { severity: "outage", title: "Сбой входа" } as const;

function keyOf(details: string): string | null {
  return failureKey({ ...OUTAGE, details });
}

Deno.test("failureKey() leaves clocks and the names of regions out, and nothing else", async (t) => {
  const alike = [
    ["С 10:02 не работает вход.", "С 11:03 не работает вход."],
    ["28.11.2026 07:26:57 не работает вход.", "28.11.2026 07:27:12 не работает вход."],
    ["Недоступны порталы .eu.", "Недоступны порталы .com.br."],
    ["Недоступен bitrix24.de: вход", "Недоступен bitrix24.pl: вход"],
    ["Вход в регионе EU недоступен", "Вход в регионе UK недоступен"],
    ["Outage in region de", "Outage in region pl"],
    ["Не работает вход.\n\nЧиним.", "Не работает  вход. Чиним. "],
  ] as const;
  for (const [one, other] of alike) {
    await t.step(`${one} = ${other}`, () => assertEquals(keyOf(one), keyOf(other)));
  }
  const others = [
    ["Не работает вход.", "Не работает почта."],
    ["Недоступны 20 серверов.", "Недоступны 30 серверов."],
    ["Ошибка 502.", "Ошибка 504."],
  ] as const;
  for (const [one, other] of others) {
    await t.step(`${one} ≠ ${other}`, () => assert(keyOf(one) !== keyOf(other)));
  }
  await t.step("nothing but a headline is no key", () => {
    const empty = ["", "Сбой входа", "28.11.2026 07:26:57", "Регион: EU.", "Сбой входа (.eu)", "—"];
    assertEquals(empty.map(keyOf), empty.map(() => null));
  });
  await t.step("another severity is another failure", () => {
    assert(keyOf("Вход.") !== failureKey({ ...OUTAGE, severity: "degraded", details: "Вход." }));
  });
});

Deno.test("strayed() keeps together what says no more than a headline, if all say that", () => {
  const bare = { ...OUTAGE, details: "", failureId: 1, begunAt: 0 };
  const [one, other] = [{ ...bare, incidentId: 1 }, { ...bare, incidentId: 2 }];
  assertEquals(strayed([one, other]), []);
  const third = { ...bare, incidentId: 3, details: "Вход." };
  assertEquals(strayed([one, other, third]), [[third]]);
  // They stay together when they get worse together, and join nobody by it.
  assertEquals(failureOf(one, [other], 60).kind, "as it was");
  assertEquals(failureOf({ ...one, failureId: null }, [other], 60).kind, "as it was");
});

const failing: fc.Arbitrary<Failing> = fc.record({
  incidentId: fc.nat(1_000),
  severity: fc.constantFrom("outage", "degraded"),
  title: fc.constantFrom("Сбой", ""),
  details: fc.constantFrom("", "Сбой", "Вход .eu", "Вход .de", "Почта с 10:02"),
  failureId: fc.constantFrom(null, 1, 2),
  begunAt: fc.nat(200),
});

Deno.test("failureOf() never puts unequal words together, nor what began apart", () => {
  fc.assert(fc.property(failing, fc.array(failing, { maxLength: 5 }), (one, others) => {
    const decided = failureOf(one, others, 60);
    if (decided.kind !== "with") return;
    assert(failureKey(one) !== null);
    assertEquals(failureKey(decided.other), failureKey(one));
    assert(Math.abs(decided.other.begunAt - one.begunAt) <= 60);
  }));
});

Deno.test("strayed() leaves the most of a failure as it is, and nobody twice", () => {
  const failure = fc.uniqueArray(failing, { minLength: 1, selector: (it) => it.incidentId });
  fc.assert(fc.property(failure, (all) => {
    const strays = strayed(all);
    const left = all.filter((it) => !strays.flat().includes(it));
    assert(left.length > 0 && strays.every((part) => part.length <= left.length));
    assertEquals(new Set(strays.flat()).size + left.length, all.length);
    for (const part of [left, ...strays]) assertEquals(new Set(part.map(failureKey)).size, 1);
  }));
});
