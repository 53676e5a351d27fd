import type { FeedState } from "./types.ts";

/** Size of a chunk of an endless body, in bytes. */
const CHUNK = 64 * 1024;

/** The HTML status page, with the phrases of the real one for each state. */
export function statusPage({ result, statusTitle = "", statusInfo = "" }: FeedState): string {
  const text = result === "notice"
    ? "ВСЕ ОТЛИЧНО РАБОТАЕТ"
    : result === "error"
    ? `ВРЕМЕННЫЙ СБОЙ ${statusInfo}`
    : `${statusTitle} ${statusInfo}`;
  const wait = result === "error" && !text.includes("Пожалуйста, подождите")
    ? " Пожалуйста, подождите, мы уже работаем над решением."
    : "";
  return `<!DOCTYPE html>
<html lang="ru">
<head><meta charset="utf-8"><title>Статус Битрикс24</title>
<script>const texts = ["ВРЕМЕННЫЙ СБОЙ", "ВСЕ ОТЛИЧНО РАБОТАЕТ"];</script></head>
<body><main><p>${text}${wait}</p></main></body>
</html>
`;
}

/** A body without an end; chunks are only made on demand. */
export function endlessBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(CHUNK).fill(0x20);
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk.slice()) });
}
