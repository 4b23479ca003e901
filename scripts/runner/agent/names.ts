/** How the agent turns a variable's, input's or parameter's name into one for the environment (agent contract, 2.1). */

/** `.` and space become `_`, then upper case unless the case is kept; nothing else changes. */
export function environmentName(name: string, preserveCase = false): string {
  const mapped = name.replaceAll(".", "_").replaceAll(" ", "_");
  return preserveCase ? mapped : mapped.toUpperCase();
}
