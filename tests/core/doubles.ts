/** A logger that keeps what it is told. */
export function arrayLogger() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const at = (level: string) => (message: string, fields: Record<string, unknown> = {}) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    debug: at("DEBUG"),
    info: at("INFO"),
    warning: at("WARNING"),
    error: at("ERROR"),
  };
}

/** A promise that is settled from outside. */
export function deferred<T = void>() {
  return Promise.withResolvers<T>();
}
