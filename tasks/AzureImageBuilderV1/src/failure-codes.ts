/**
 * Codes of what goes wrong after the inputs are known to be good. Stable: people search for them and filter logs by
 * them. 3xx connection, 4xx artifact, 5xx template, 6xx build, 7xx clean-up (warnings), 8xx a service, 9xx the task.
 */
export const failureCodes = {
  /** The service connection is not there, or lacks a field. */
  connection: "AIB301",
  /** The connection's way to sign in is not supported. */
  scheme: "AIB302",
  /** Azure DevOps gives no assertion for workload identity federation. */
  assertion: "AIB303",
  /** Microsoft Entra refused to sign in. */
  signIn: "AIB304",
  /** The agent does not hand over the job's own connection to Azure DevOps. */
  systemConnection: "AIB305",
  /** The connection's certificate cannot be used: a part is missing, or parts do not belong together. */
  certificate: "AIB306",
  /** The agent's machine gives no token of a managed identity. */
  machineIdentity: "AIB307",

  artifactMissing: "AIB401",
  /** A symbolic link points out of the artifact. */
  artifactLink: "AIB402",
  /** A device, socket or pipe in the artifact, or a name the archive cannot hold. */
  artifactEntry: "AIB403",
  /** A file changed or vanished while it was read. */
  artifactRead: "AIB404",
  /** The blob of that name is not the task's. */
  artifactForeign: "AIB405",
  /** The archive is larger than the only way to the build VM takes. */
  artifactTooLarge: "AIB406",
  /** A download from Azure DevOps broke off, or is not whole. */
  artifactDownload: "AIB407",

  /** The SDK would not send the template as planned. */
  templateAltered: "AIB501",
  templateExists: "AIB502",
  /** The service did not create the template. */
  templateFailed: "AIB503",
  /** The template under the step's name is another run's, or was made for another request. */
  templateOfOther: "AIB504",
  /** Another template holds the staging resource group that the step names. */
  stagingHeld: "AIB505",
  /** An earlier attempt's template stays in a state that should have passed. */
  templateBusy: "AIB506",

  runNotAccepted: "AIB601",
  buildFailed: "AIB602",
  /** Someone else cancelled the run. */
  buildCanceled: "AIB603",
  buildTimeout: "AIB604",
  /** The state of the run could not be read for too long. */
  stateUnreadable: "AIB605",
  templateGone: "AIB606",
  /** The run succeeded and its results cannot be read. */
  resultsMissing: "AIB607",

  /** The template is not in a state to be run. */
  templateNotReady: "AIB608",

  /** Checks before the build found what would make it fail. */
  preflight: "AIB609",

  templateLeft: "AIB701",
  blobLeft: "AIB702",
  /** The post-job part was told of what another pipeline run has made. */
  recordOfOther: "AIB703",

  /** A gallery version is not in a state for what is asked. */
  versionNotFit: "AIB751",
  /** A change of a gallery version is not complete in time. */
  versionUnready: "AIB752",
  /** Some of several changes could not be made. */
  lifecyclePartly: "AIB753",
  /** What uses the versions could not be read: all of them count as in use. */
  usesUnread: "AIB754",
  /** What `latest` means changes by a step. */
  latestChanges: "AIB755",

  /** A service refused a request. */
  refused: "AIB801",
  /** A service did not answer, or not in its language. */
  noAnswer: "AIB802",

  unexpected: "AIB901",
  canceled: "AIB902",
} as const;

/** A code of `failureCodes`. */
export type FailureCode = (typeof failureCodes)[keyof typeof failureCodes];
