/** Target: a VHD, in a blob of the user's or in the staging storage account. */
import type { TargetKind } from "./types.ts";

/** VHDs (facts, section 1.8). One without an address lies in the staging group and is deleted with the template. */
export const vhd: TargetKind<"vhd"> = {
  olderWords: [],
  mainInput: "vhdUri",
  mainInputRequired: false,
  options: { uri: "vhdUri" },
  read: ({ vhdUri }) => ({ kind: "vhd", ...(vhdUri === undefined ? {} : { uri: vhdUri }) }),
  gather: async () => ({}),
  plan: ({ uri }) => ({ kind: "vhd", runOutputName: "vhd", ...(uri === undefined ? {} : { uri }) }),
  build: ({ runOutputName, uri }, artifactTags) => ({
    type: "VHD",
    runOutputName,
    ...(uri === undefined ? {} : { uri }),
    artifactTags,
  }),
  diesWithTemplate: ({ uri }) => uri === undefined,
};
