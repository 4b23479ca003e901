/** Words, numbers and IDs that cases are made of. The IDs are those of the emulator's default world, where it has them. */
import fc from "fast-check";

/** Operating systems of images. */
export type Os = "linux" | "windows";

/** Inputs by name. */
export type Texts = Readonly<Record<string, string>>;

export const subscription = "5f3c1b2a-0000-4000-8000-0a1b2c3d4e5f";
export const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;
export const compute = `${group}/providers/Microsoft.Compute`;
export const definition = `${compute}/galleries/galimages/images/ubuntu-web`;
/** Not in the world: a template of it is taken, and nothing is done for it afterwards. */
export const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;
export const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-build/subnets/build`;
export const containers = subnet.replace(/build$/, "containers");

export const bit = fc.constantFrom("true", "false", "True", "");
export const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{2,20}$/);
export const version = fc.tuple(...Array.from({ length: 3 }, () => fc.nat({ max: 999 }))).map((parts) => parts.join("."));
export const digest = fc.stringMatching(/^[0-9a-fA-F]{64}$/);
export const address = word.map((name) => `https://example.com/${name}/x.bin?a=1&b=%20`);

/** A value, or nothing. */
export const maybe = (value: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(""), value);

/** A word whose letter case does not matter. */
export const anyCase = (text: string): fc.Arbitrary<string> =>
  fc.constantFrom(text, text.toLowerCase(), text.toUpperCase());

/** Lines that are a script of either shell; never empty. */
export const script = fc.oneof(
  { arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 120 }).filter(isScript), weight: 3 },
  fc.constantFrom("#!/bin/bash\nset -u\necho 'a'", "echo one\r\necho two\r\n", "{{ nothing }}\n# }}", "param($A)\n$A"),
);

function isScript(text: string): boolean {
  return text.trim() !== "" && !text.trim().startsWith("#!");
}

/** Variables by name, at least `least` of them, with values of all kinds. */
export function environments(least: number): fc.Arbitrary<Texts> {
  const value = fc.oneof(fc.string({ unit: "grapheme", maxLength: 30 }), fc.constantFrom("it's $HOME", "{{a}}", "a\nb"));
  return fc.dictionary(word, value, { minKeys: least, maxKeys: 3 });
}
