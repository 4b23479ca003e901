/** Text for the log of a build agent. Agents act on `##vso[` anywhere in a line, so text from elsewhere must not have it. */

/**
 * Takes the power out of logging commands: `##vso[` and `##[` in any case lose all number signs but one.
 * Contract of the agent, section 3.2.
 */
export function defuse(text: string): string {
  return text.replace(/#+(?=#(?:vso)?\[)/gi, "");
}
