import { badRequest } from "./error.ts";

/** Arguments of a call, read as tolerantly as the real server does. */
export class Payload {
  /** Arguments by name, as sent; values of JSON bodies keep their types. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, File>;

  constructor(fields: Readonly<Record<string, unknown>>, files: ReadonlyMap<string, File>) {
    this.fields = fields;
    this.files = files;
  }

  /** An argument as text; "" when missing, as in the real server. */
  text(name: string): string {
    const value = this.fields[name];
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return value;
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  /** An argument as an integer within bounds; `fallback` when missing, 0 for other values. */
  integer(name: string, fallback = 0, min = -Infinity, max = Infinity): number {
    const text = this.text(name).trim();
    if (text === "") return fallback;
    return Math.min(Math.max(/^-?\d+$/.test(text) ? Number(text) : 0, min), max);
  }

  flag(name: string): boolean {
    return ["true", "yes", "1"].includes(this.text(name).toLowerCase());
  }

  /** A nested value, sent as such or as JSON text; undefined when missing. */
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
 * Reads the arguments from the query string and the body (JSON, urlencoded or multipart). Throws an ApiError
 * when the body does not fit its content type.
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

/** Whether a value is a JSON object, and neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
