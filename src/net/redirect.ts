/** Whether a response is a redirect. */
export function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** The target address of a redirect; null without a valid one. */
export function redirectTarget(response: Response, from: URL): URL | null {
  const location = response.headers.get("location");
  return location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** Whether a redirect stays on its host: same name and port, or same name from http to https. */
export function isSameHost(from: URL, to: URL): boolean {
  if (from.hostname !== to.hostname) return false;
  if (from.protocol === to.protocol) return from.port === to.port;
  return from.protocol === "http:" && to.protocol === "https:";
}
