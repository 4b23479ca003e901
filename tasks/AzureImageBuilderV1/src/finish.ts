/**
 * The step's post-job part: finishes what the main part had no time for. Where there is nothing to finish, which is nearly
 * always, it loads nothing and says nothing.
 */
import { readUpload, uploadVariable } from "./artifact/upload-record.ts";
import { readRecord, recordVariable } from "./build/record.ts";

const record = readRecord(process.env[recordVariable]);
const upload = readUpload(process.env[uploadVariable]);
const build = record?.state === "done" || record?.state === "left" ? undefined : record;
if (build !== undefined || upload !== undefined) {
  const { finish } = await import("./finish/index.ts");
  finish({ build, upload });
}
