import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Failure, UpstreamAnswer } from '../../../sdk/provider.ts';
import { classifyFailure } from '../../../sdk/provider-kit/failure.ts';
import type { Clock } from '../../../sdk/services.ts';

/** An AWS error: its name without namespace and suffix, lower case, and what it says. */
interface AwsError {
  readonly name: string;
  readonly message: string;
}

/** What a name means, as a status and code that the kit's classification knows. */
interface Meaning {
  readonly status: number;
  readonly code?: string;
}

const quota: Meaning = { status: 429, code: 'insufficient_quota' };
const noModel: Meaning = { status: 404, code: 'model_not_found' };
const refusedKey: Meaning = { status: 403 };

/**
 * Errors of the Bedrock runtime and of AWS's front door, by name. The status alone does not say it: on streams there is
 * none, and ModelNotReady comes with 429, quotas with 400.
 */
const meanings: Readonly<Record<string, Meaning>> = {
  throttlingexception: { status: 429 },
  toomanyrequestsexception: { status: 429 },
  requestlimitexceeded: { status: 429 },
  servicequotaexceededexception: quota,
  modelnotreadyexception: { status: 503 },
  serviceunavailableexception: { status: 503 },
  serviceunavailable: { status: 503 },
  modeltimeoutexception: { status: 408 },
  requesttimeoutexception: { status: 408 },
  requesttimeout: { status: 408 },
  modelerrorexception: { status: 424 },
  modelstreamerrorexception: { status: 424 },
  internalserverexception: { status: 500 },
  internalfailure: { status: 500 },
  internalservererror: { status: 500 },
  conflictexception: { status: 409 },
  validationexception: { status: 400 },
  resourcenotfoundexception: noModel,
  accessdeniedexception: refusedKey,
  accessdenied: refusedKey,
  unrecognizedclientexception: refusedKey,
  expiredtokenexception: refusedKey,
  expiredtoken: refusedKey,
  invalidsignatureexception: refusedKey,
  signaturedoesnotmatch: refusedKey,
  incompletesignatureexception: refusedKey,
  incompletesignature: refusedKey,
  invalidclienttokenid: refusedKey,
  missingauthenticationtokenexception: refusedKey,
  missingauthenticationtoken: refusedKey,
  notauthorizedexception: refusedKey,
  optinrequired: refusedKey,
};

/** Names of refusals that newer credentials may cure. */
const stale = new Set([
  'expiredtokenexception',
  'expiredtoken',
  'unrecognizedclientexception',
  'invalidclienttokenid',
]);

/** What a ValidationException says where it is about the model and not about the request. */
const modelWords =
  /model identifier is invalid|on-demand throughput isn.t supported|model id(?:entifier)? .{0,200}not (?:found|supported)/i;
/** A throttling that does not pass within a request's patience. */
const dailyWords = /tokens per day|requests per day/i;

/**
 * Says what an error answer means: AWS's names are put into the words of the kit, which does the rest. Never throws.
 *
 * @param provider its name in `gateway.yaml`.
 * @param onStale called where the credentials were refused for a reason that newer ones may cure.
 */
export function bedrockFailure(
  answer: UpstreamAnswer,
  provider: string,
  clock: Pick<Clock, 'now'>,
  onStale: () => void,
): Failure {
  const error = readAwsError(answer);
  if (error === null) return classifyFailure(answer, provider, clock);
  if (stale.has(error.name)) onStale();
  const { status, code } = meaningOf(error, answer.status);
  const body = JSON.stringify({
    error: { message: error.message, type: error.name, ...(code === undefined ? {} : { code }) },
  });
  return classifyFailure({ status, headers: answer.headers, body }, provider, clock);
}

function meaningOf({ name, message }: AwsError, status: number): Meaning {
  if (name === 'validationexception' && modelWords.test(message.slice(0, 2000))) return noModel;
  if (name === 'throttlingexception' && dailyWords.test(message.slice(0, 2000))) return quota;
  const known = Object.hasOwn(meanings, name) ? meanings[name]! : null;
  if (known !== null) return known;
  // An unknown error on a stream has the stream's own 200.
  return { status: status >= 300 ? status : 500 };
}

/** The name is in a header, with a namespace behind it, or in the body, with one before it. Null for neither. */
function readAwsError({ headers, body }: UpstreamAnswer): AwsError | null {
  const json = parse(body);
  const header = headers['x-amzn-errortype'];
  const type = header ?? textOf(json, '__type');
  if (type === '') return null;
  const name = header === undefined ? type.slice(type.lastIndexOf('#') + 1) : type;
  return {
    name: (/^[^:#]*/.exec(name)?.[0] ?? '').trim().toLowerCase(),
    message: withoutAccounts(
      textOf(json, 'message') || textOf(json, 'Message') || textOf(json, 'originalMessage'),
    ),
  };
}

/** AWS names resources with the account in them. */
function withoutAccounts(message: string): string {
  return message
    .slice(0, 4000)
    .replace(/\barn:aws[^\s"'`,)\]]{1,500}/g, '[arn]')
    .replace(/\b\d{12}\b/g, '[account]');
}

function textOf(json: JsonObject, member: string): string {
  const value = json[member];
  return typeof value === 'string' ? value : '';
}

function parse(text: string): JsonObject {
  try {
    const json = JSON.parse(text) as Json;
    return isJsonObject(json) ? json : {};
  } catch {
    return {};
  }
}
