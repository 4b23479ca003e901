/** Message codes that only the plan command has. */
export const planCodes = {
  /** The file is no YAML. */
  syntax: "AIB190",
  /** The file has no step of the task or of the older ones. */
  noStep: "AIB191",
  /** An input is a list or a map. */
  notText: "AIB192",
  /** A value that only a run knows is replaced. */
  standIn: "AIB290",
  /** An older task had another default. */
  olderDefault: "AIB291",
  /** The step has an input that the task does not know. */
  unknownInput: "AIB292",
  /** The step runs a template that is there. */
  existingTemplate: "AIB293",
} as const;
