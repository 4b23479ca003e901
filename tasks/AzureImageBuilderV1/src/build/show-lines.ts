/** Puts into the pipeline's log what the build's log shows. */
import type { Shown } from "../log/types.ts";
import type { Agent } from "../ports.ts";

export interface Show {
  /** True where there was something to show. */
  all(shown: readonly Shown[]): boolean;
  closeGroup(): void;
}

/** Groups are balanced also where one was closed before its step had ended. */
export function createShow(agent: Agent): Show {
  let isOpen = false;
  const closeGroup = (): void => {
    if (isOpen) agent.endGroup();
    isOpen = false;
  };
  const one = (shown: Shown): void => {
    switch (shown.kind) {
      case "group":
        closeGroup();
        isOpen = true;
        return agent.group(shown.title);
      case "endGroup":
        return closeGroup();
      case "line":
        return agent.info(shown.text);
    }
  };
  return {
    closeGroup,
    all: (shown) => {
      shown.forEach(one);
      return shown.length > 0;
    },
  };
}
