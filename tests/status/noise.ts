import fc from "fast-check";

/**
 * Any text, lone surrogates and characters no one has assigned yet included. fast-check's own
 * `unit: "binary"` does the same but takes a second to build.
 */
export function noise(maxLength = 12): fc.Arbitrary<string> {
  const unit = fc.oneof(fc.nat(0x7F), fc.nat(0xFFFF), fc.nat(0x10FFFF));
  return fc.array(unit.map((code) => String.fromCodePoint(code)), { maxLength })
    .map((chars) => chars.join(""));
}
