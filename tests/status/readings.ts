import type { Reading } from "../../src/domain/reading.ts";
import { decodeFeed, decodePage } from "../../src/status/decode.ts";
import { assertEquals, assertLessOrEqual, assertNotMatch } from "../assert.ts";

/** When the bodies were read, and bodies of the published shape. */
export const AT = 1_795_000_000_000;
export const NOTICE =
  '{"result":"notice","info":"","statusTitle":"Всё отлично работает","statusInfo":"","id":0}';
export const WARNING =
  '{"result":"warning","info":"Плановые работы","statusTitle":"Возможны задержки",' +
  '"statusInfo":"Почта, Телефония: возможны задержки до 16:00","id":4711}';
export const ERROR =
  '{"result":"error","info":"Временный сбой","statusTitle":"ВРЕМЕННЫЙ СБОЙ","statusInfo":' +
  '"22.11.2026 14:05:33 Регион .ru. Недоступны: CRM, Почта. Пожалуйста, подождите, мы уже работаем над решением.","id":4712}';

// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\p{Cf}\p{Cs}]/u;

export function feed(value: unknown): Reading {
  return decodeFeed(typeof value === "string" ? value : JSON.stringify(value), "ru", AT);
}

export function page(html: string, region = "ru"): Reading {
  return decodePage(html, region, AT);
}

/** What holds of every reading, whatever was read. */
export function assertSound(reading: Reading): void {
  const unreadable = reading.status === "unreadable";
  assertEquals(reading.problem !== null, unreadable);
  assertEquals(reading.problemDetail !== "", unreadable);
  assertEquals(reading.source === null, unreadable);
  if (unreadable && reading.problem !== "contradictory") {
    assertEquals([reading.title, reading.details, reading.announcementId], ["", "", null]);
  }
  if (unreadable || reading.status === "operational") assertEquals(reading.components, []);
  assertEquals([reading.region, reading.at], ["ru", AT]);
  assertLessOrEqual(reading.title.length, 300);
  assertLessOrEqual(reading.details.length, 20_000);
  for (const text of [reading.title, reading.details, reading.problemDetail]) {
    assertNotMatch(text, UNPRINTABLE);
  }
  assertNotMatch(`${reading.title}${reading.problemDetail}`, /\n/);
}
