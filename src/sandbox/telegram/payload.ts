import { badRequest } from "./error.ts";

/** Arguments of one call, however they were sent; read the forgiving way the real server does. */
export class Payload {
  /** By name, as sent; values of JSON bodies are not turned into text. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, File>;

  constructor(fields: Readonly<Record<string, unknown>>, files: ReadonlyMap<string, File>) {
    this.fields = fields;
    this.files = files;
  }

  /** As text; empty when missing, which is what the real server makes of it too. */
  text(name: string): string {
    const value = this.fields[name];
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  /** A whole number within bounds; `fallback` when missing, 0 when it is no number. */
  integer(name: string, fallback = 0, min = -Infinity, max = Infinity): number {
    const text = this.text(name).trim();
    if (text === "") return fallback;
    return Math.min(Math.max(/^-?\d+$/.test(text) ? Number(text) : 0, min), max);
  }

  flag(name: string): boolean {
    return ["true", "yes", "1"].includes(this.text(name).toLowerCase());
  }

  /** A nested value, also when it was sent as JSON text; undefined when missing. */
  nested(name: string, what: string): unknown {
    const value = this.fields[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      throw badRequest(`Can't parse ${what}`);
    }
  }
}

/**
 * Reads query string and body; JSON, urlencoded and multipart bodies mean the same.
 * Throws an ApiError when the body is not what its content type says.
 */
export async function readPayload(request: Request): Promise<Payload> {
  const fields: Record<string, unknown> = {};
  const files = new Map<string, File>();
  const query = request.url.indexOf("?");
  if (query !== -1) addAll(fields, new URLSearchParams(request.url.slice(query + 1)));
  const type = request.headers.get("content-type") ?? "";
  if (type.startsWith("application/json")) {
    addJson(fields, await request.text());
  } else if (type.startsWith("application/x-www-form-urlencoded")) {
    addAll(fields, new URLSearchParams(await request.text()));
  } else if (type.startsWith("multipart/form-data")) {
    const form = await request.formData().catch(() => {
      throw badRequest("Can't parse multipart form data");
    });
    for (const [name, value] of form) {
      if (typeof value === "string") fields[name] = value;
      else files.set(name, value);
    }
  }
  return new Payload(fields, files);
}

function addAll(fields: Record<string, unknown>, values: Iterable<[string, string]>): void {
  for (const [name, value] of values) fields[name] = value;
}

function addJson(fields: Record<string, unknown>, text: string): void {
  if (text === "") return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest("Can't parse JSON encoded request");
  }
  if (!isRecord(value)) throw badRequest("Can't parse JSON encoded request: expected an Object");
  Object.assign(fields, value);
}

/** Whether this is a JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
