/** Errors of the blob service: an XML body, and the code in `x-ms-error-code` (wire notes 7, recorded storage answers). */
import type { Answer, Exchange } from "../core/exchange.ts";
import type { Mark } from "../core/types.ts";

/** Thrown while a storage request is checked; becomes the answer. */
export class StorageFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly mark: Mark;
  /** Text of `AuthenticationErrorDetail`. */
  readonly detail: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly mark: Mark; readonly detail?: string; readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(message);
    this.name = "StorageFault";
    this.status = status;
    this.code = code;
    this.mark = options.mark;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** The answer for a fault; `now` is emulated. */
export function storageAnswer(fault: StorageFault, exchange: Exchange, now: Date): Answer {
  const detail =
    fault.detail === undefined
      ? ""
      : `<AuthenticationErrorDetail>${escapeXml(fault.detail)}</AuthenticationErrorDetail>`;
  const message = `${escapeXml(fault.message)}\nRequestId:${exchange.id}\nTime:${now.toISOString().replace("Z", "0000Z")}`;
  const version = exchange.request.headers["x-ms-version"];
  return {
    status: fault.status,
    headers: {
      "Content-Type": "application/xml",
      Server: "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0",
      "x-ms-request-id": exchange.id,
      ...(typeof version === "string" ? { "x-ms-version": version } : {}),
      "x-ms-error-code": fault.code,
      Date: now.toUTCString(),
      ...fault.headers,
    },
    body: Buffer.from(
      `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${fault.code}</Code><Message>${message}</Message>${detail}</Error>`,
    ),
    service: "blob",
    mark: fault.mark,
    fact: fault.code,
  };
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The signature, the key or the times are wrong. */
export function authenticationFailed(detail: string): StorageFault {
  return new StorageFault(
    403,
    "AuthenticationFailed",
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
    { mark: "documented", detail },
  );
}

/** No or a refused bearer token: the challenge names the tenant. */
export function challenge(
  code: "NoAuthenticationInformation" | "InvalidAuthenticationInfo",
  tenantId: string,
  detail?: string,
): StorageFault {
  return new StorageFault(
    401,
    code,
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
    {
      mark: "documented",
      detail,
      headers: {
        "WWW-Authenticate": `Bearer authorization_uri=https://login.microsoftonline.com/${tenantId}/oauth2/authorize resource_id=https://storage.azure.com`,
      },
    },
  );
}

/** The caller's roles do not cover the operation. */
export function permissionMismatch(): StorageFault {
  return new StorageFault(
    403,
    "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.",
    { mark: "documented" },
  );
}

/** The account's network rules do not let the caller in. */
export function networkRefused(): StorageFault {
  return new StorageFault(403, "AuthorizationFailure", "This request is not authorized to perform this operation.", {
    mark: "documented",
  });
}

/** The account takes no keys, and no signatures made with them. */
export function keyNotPermitted(): StorageFault {
  return new StorageFault(
    403,
    "KeyBasedAuthenticationNotPermitted",
    "Key based authentication is not permitted on this storage account.",
    { mark: "documented" },
  );
}

/** The account forbids anonymous access. */
export function publicAccessNotPermitted(): StorageFault {
  return new StorageFault(409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.", {
    mark: "recorded",
  });
}

/** A range that begins at or after the end of the blob. */
export function invalidRange(total: number): StorageFault {
  return new StorageFault(416, "InvalidRange", "The range specified is invalid for the current size of the resource.", {
    mark: "documented",
    headers: { "Content-Range": `bytes */${total}` },
  });
}

/** What an anonymous caller may not see does not exist for it. */
export function resourceNotFound(): StorageFault {
  return new StorageFault(404, "ResourceNotFound", "The specified resource does not exist.", { mark: "documented" });
}

/** The source of a copy may not be read: the status and the words are those the source would have answered with. */
export function copySourceRefused(status: number, message: string): StorageFault {
  return new StorageFault(status, "CannotVerifyCopySource", message, { mark: "issue" });
}

/** The header that names the source of a copy is no address. */
export function badCopySource(): StorageFault {
  return new StorageFault(
    400,
    "InvalidHeaderValue",
    "The value for one of the HTTP headers is not in the correct format.",
    { mark: "documented" },
  );
}

/** No such account: in Azure its name would not resolve, which a path on a shared address cannot show. */
export function unknownAccount(): StorageFault {
  return new StorageFault(404, "ResourceNotFound", "The specified resource does not exist.", { mark: "inferred" });
}

/** A user delegation key is asked for beyond its seven days, or from and to do not make a span. */
export function badKeyTimes(): StorageFault {
  return new StorageFault(
    400,
    "InvalidXmlNodeValue",
    "The value for one of the XML nodes is not in the correct format.",
    { mark: "inferred" },
  );
}

/** 501: the emulator's own: Azure serves this, the emulator does not. */
export function storageNotBuilt(what: string): StorageFault {
  return new StorageFault(
    501,
    "NotImplemented",
    `The emulator does not serve ${what} of the blob service. Azure does.`,
    {
      mark: "inferred",
    },
  );
}
