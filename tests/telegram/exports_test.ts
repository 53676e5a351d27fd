import { GrammyError } from "grammy";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { Exports, type SendFile } from "../../src/telegram/exports.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assertEquals, assertRejects } from "../assert.ts";

const RU = createVoice("ru", "UTC");
const EN = createVoice("en", "UTC");
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 10, 28, 12);

const INCIDENT: IncidentRecord = {
  id: 1,
  region: "ru",
  components: [],
  title: "",
  description: "Сбой",
  isOpen: false,
  startedAt: NOON - MINUTE,
  endedAt: NOON,
  severity: "outage",
  origin: "feed",
  relapses: 0,
};

/** Incidents in memory, and everybody's uploads. */
function scene(incidents: IncidentRecord[] = [INCIDENT]) {
  const it = { now: NOON, version: "1" as string | null, reading: 0, mostReading: 0, uploads: 0 };
  const store = {
    async *incidentPages() {
      it.mostReading = Math.max(it.mostReading, ++it.reading);
      yield await Promise.resolve(incidents);
      it.reading--;
    },
    incidentsVersion: () => Promise.resolve(it.version),
  };
  const { signal } = new AbortController();
  const exports = new Exports({ store, now: () => it.now, stop: signal });
  const send: SendFile = (file) =>
    Promise.resolve(typeof file === "string" ? file : `file${++it.uploads}`);
  return { it, exports, send };
}

Deno.test("Exports makes the files of one language at a time, each once for all who ask", async () => {
  const { it, exports, send } = scene();
  await Promise.all([RU, EN, RU, EN, RU, EN].map((voice) => exports.give(voice, send)));
  assertEquals([it.uploads, it.mostReading], [2, 1]);
  await Promise.all([RU, EN].map((voice) => exports.give(voice, send)));
  assertEquals(it.uploads, 2);
});

Deno.test("Exports makes a file anew when incidents changed, on another day, and where it cannot tell", async () => {
  const { it, exports, send } = scene();
  const uploads = async () => {
    await exports.give(RU, send);
    return it.uploads;
  };
  assertEquals([await uploads(), await uploads()], [1, 1]);
  it.version = "2";
  assertEquals([await uploads(), await uploads()], [2, 2]);
  it.now += 11 * 60 * MINUTE;
  assertEquals(await uploads(), 2);
  it.now += 60 * MINUTE;
  assertEquals([await uploads(), await uploads()], [3, 3]);
  it.version = null;
  assertEquals([await uploads(), await uploads()], [4, 5]);
});

Deno.test("Exports makes a file anew that Telegram does not know any more", async () => {
  const { it, exports, send } = scene();
  await exports.give(RU, send);
  const description = "Bad Request: wrong file identifier/HTTP URL specified";
  const unknown = { ok: false, error_code: 400, description } as const;
  const forgetful: SendFile = (file, caption) =>
    file === "file1"
      ? Promise.reject(new GrammyError("", unknown, "sendDocument", {}))
      : send(file, caption);
  await exports.give(RU, forgetful);
  await exports.give(RU, forgetful);
  assertEquals(it.uploads, 2);
});

Deno.test("Exports makes a file with an open incident anew after ten minutes, for its duration", async () => {
  const { it, exports, send } = scene([{ ...INCIDENT, isOpen: true, endedAt: null }]);
  await exports.give(RU, send);
  it.now += 9 * MINUTE;
  await exports.give(RU, send);
  assertEquals(it.uploads, 1);
  it.now += 2 * MINUTE;
  await exports.give(RU, send);
  assertEquals(it.uploads, 2);
});

Deno.test("Exports lets nobody wait for a file that cannot be made, and begins anew for the next", async () => {
  const { it, exports, send } = scene();
  const no: SendFile = () => Promise.reject(new Error("reset"));
  const waiting = [no, no, send].map((one) => assertRejects(() => exports.give(RU, one)));
  await Promise.all(waiting);
  await exports.give(RU, send);
  assertEquals(it.uploads, 1);
});
