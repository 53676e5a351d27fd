/** The bytes of a body after decompression; null when there are more than `most`. */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { bytes, isWhole } = await readBeginning(body, most);
  return isWhole ? bytes : null;
}

/** The beginning of a body after decompression: reading stops once there are more than `most` bytes. */
export async function readBeginning(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  if (body === null) return { bytes: new Uint8Array(), isWhole: true };
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = true;
  // Faster than `for await`, with which a whole request takes a third longer.
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    length += chunk.value.length;
    chunks.push(chunk.value);
    if (length > most) {
      isWhole = false;
      await reader.cancel();
      break;
    }
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { bytes, isWhole };
}

/** Cancels an unread body, which frees its connection. Never throws. */
export async function discardBody(body: ReadableStream | null): Promise<void> {
  try {
    await body?.cancel();
  } catch {
    // The body broke off by itself, so nothing is left to cancel.
  }
}
