/**
 * Codes of what the user is told about inputs and planning. Stable: people search for them and filter logs by them.
 * 1xx are bad inputs, 2xx are decisions the user should know about.
 */

/** Codes of bad inputs; each error of this kind stops the step before anything is created. */
export const problemCodes = {
  missing: "AIB101",
  unresolvedVariable: "AIB102",
  placeholder: "AIB103",
  notAChoice: "AIB104",
  notABoolean: "AIB105",
  notANumber: "AIB106",
  badResourceId: "AIB107",
  badName: "AIB108",
  badImage: "AIB109",
  badRegions: "AIB110",
  badTags: "AIB111",
  badAddress: "AIB112",
  badPath: "AIB113",
  badStructure: "AIB114",
  badStep: "AIB115",
  badEnvironment: "AIB116",
  badFile: "AIB117",
  badTarget: "AIB118",
  badOverride: "AIB119",
  conflict: "AIB120",
  ambiguous: "AIB121",
  badVersion: "AIB122",
  badTime: "AIB125",
  noConnection: "AIB130",
  notFound: "AIB131",
  osTypeUnknown: "AIB132",
  osTypeDiffers: "AIB133",
  regionMissing: "AIB134",
  keysForbidden: "AIB135",
  roleMissing: "AIB136",
  notReachable: "AIB137",
  wrongConnection: "AIB139",
  badJson: "AIB140",
  badTemplate: "AIB141",
  badExpression: "AIB142",
  badParameter: "AIB143",
} as const;

/** Codes of notes: the build goes on, and this is what was decided. */
export const noteCodes = {
  ignoredInput: "AIB201",
  otherTargetUsed: "AIB202",
  derivedOsType: "AIB203",
  derivedVmSize: "AIB204",
  derivedRegion: "AIB205",
  derivedPlan: "AIB206",
  pinnedVersion: "AIB207",
  notPinned: "AIB208",
  noArtifact: "AIB209",
  factUnknown: "AIB211",
  templateStays: "AIB212",
  stepsInOrder: "AIB213",
  artifactRun: "AIB214",
  artifactAccess: "AIB215",
  accessUnknown: "AIB216",
  jobTimeout: "AIB217",
  earlierAttempt: "AIB219",
  secretInTemplate: "AIB218",
  templateFile: "AIB220",
  versionNumber: "AIB221",
  regionsLacking: "AIB231",
  builtBecause: "AIB232",
} as const;

/** A code of `problemCodes`. */
export type ProblemCode = (typeof problemCodes)[keyof typeof problemCodes];

/** A code of `noteCodes`. */
export type NoteCode = (typeof noteCodes)[keyof typeof noteCodes];

/** Notes that are reported as warnings: something the step asks for will not happen. */
export const warningCodes: readonly string[] = [
  noteCodes.ignoredInput,
  noteCodes.noArtifact,
  noteCodes.jobTimeout,
  noteCodes.secretInTemplate,
];
