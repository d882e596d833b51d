import { hash } from 'node:crypto';
import { readFile as readFileFromDisk } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';
import { Secret } from '../../sdk/secret.ts';
import { type Problem, ProblemsError } from '../problem.ts';
import { ownSecrets } from '../secrets/own.ts';
import type { SecretReader } from '../secrets/reader.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { CaptureConfig } from '../telemetry/capture/capture-config.ts';
import { documentOf, parseYaml } from '../yaml/document.ts';
import { pathKey } from '../yaml/place.ts';
import { compileValidator, type Validator } from '../yaml/validate.ts';
import { readAliases } from './aliases.ts';
import type { GatewayConfig, ServerConfig, TelemetryConfig } from './config.ts';
import { type ConfigDraft, complain } from './draft.ts';
import { readEvals } from './evals.ts';
import { checkExposure } from './exposure.ts';
import { type ProviderKinds, readProviders } from './providers.ts';
import { type Environment, folderOf, type ReadText, whyUnreadable } from './references.ts';
import { builtInModels, builtInProviders, configSchema, providersByVariable } from './schema.ts';
import { resolveAll } from './secrets.ts';
import { checkEmbedder, readStores, section } from './stores.ts';

/** A configuration is a page or two; more is a wrong file. */
const maxChars = 1_048_576;
/** Timers count in 31 bits: a longer delay would fire at once. */
const maxTimerMs = 2_147_483_647;

export interface LoadConfigOptions {
  /** Path of `gateway.yaml`; null for the built-in defaults. */
  readonly file: string | null;
  /** True where a file that does not exist means the built-in defaults. */
  readonly optional?: boolean;
  readonly env: Environment;
  readonly kinds: ProviderKinds;
  /** Reads the file, secret files and TLS files; from disk by default. */
  readonly readFile?: ReadText;
  /** Address and port from the command line: they win over the file's, before anything is checked. */
  readonly host?: string;
  readonly port?: number;
  /** Where secrets are read and watched; without them they are read once, for this configuration. */
  readonly secrets?: Secrets;
}

export interface LoadedConfig {
  readonly config: GatewayConfig;
  /** Text of the file; null for the built-in defaults. */
  readonly text: string | null;
  /** What its secrets were read by. */
  readonly reader: SecretReader;
  /** Warnings only. */
  readonly problems: readonly Problem[];
}

let validator: Validator | undefined;

/**
 * Loads the configuration: syntax, references, schema, each provider's options, and whether the names in it lead
 * anywhere.
 *
 * Where the file has no `providers`, the built-in ones apply (`mock`, and those whose usual environment variable
 * is set); where it has neither `providers` nor `models`, the built-in aliases do too.
 *
 * @throws {ProblemsError} with everything that is wrong, not only the first of it.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const readFile = options.readFile ?? ((path: string) => readFileFromDisk(path, 'utf8'));
  const text = await readConfig(options, readFile);
  const file = text === null ? null : options.file;
  const document = text === null ? documentOf({}, 'built-in defaults') : parseYaml(text, file!);
  if (document.value === undefined) throw new ProblemsError(document.problems);

  const raw = withBuiltIns(document.value ?? {}, options);
  const folder = folderOf(file);
  const references = { env: options.env, readFile, folder };
  const secrets = options.secrets ?? ownSecrets(options.env, readFile);
  const resolved = await resolveAll(raw, { document, references, secrets });
  if (options.secrets === undefined) secrets.close();
  const masterKey = pathKey(['auth', 'master_key']);
  const draft: ConfigDraft = {
    document,
    problems: [...document.problems, ...resolved.problems],
    isReference: resolved.isReference,
    show: (path) => resolved.written(path) ?? (pathKey(path) === masterKey ? '[secret]' : undefined),
  };

  validator ??= compileValidator(configSchema);
  const { value, problems } = validator(resolved.value, draft);
  draft.problems.push(...problems);
  const config = await toConfig(value, { draft, options, file, text, folder, readFile });
  return { ...finish(config, draft), text, reader: resolved.reader };
}

function finish(config: GatewayConfig, draft: ConfigDraft): Pick<LoadedConfig, 'config' | 'problems'> {
  const exposed = checkExposure(config, draft.document.position(['server', 'host']));
  const problems = exposed ? [...draft.problems, exposed] : draft.problems;
  const sorted = problems.sort((a, b) => a.line - b.line || a.column - b.column);
  if (sorted.some(({ severity }) => severity === 'error')) throw new ProblemsError(sorted);
  return { config, problems: sorted };
}

async function readConfig(options: LoadConfigOptions, readFile: ReadText): Promise<string | null> {
  const { file } = options;
  if (file === null) return null;
  const fail = (message: string) =>
    new ProblemsError([{ file, line: 0, column: 0, severity: 'error', message }]);
  let text: string;
  try {
    text = await readFile(file);
  } catch (error) {
    if (options.optional && (error as { code?: unknown }).code === 'ENOENT') return null;
    throw fail(`the configuration ${whyUnreadable(error)}`);
  }
  if (text.length > maxChars) throw fail(`expected at most ${maxChars} characters; came ${text.length}`);
  return text;
}

function withBuiltIns(written: Json, { env, kinds }: LoadConfigOptions): Json {
  if (!isJsonObject(written)) return written;
  // A section whose lines are all commented out is empty, not wrong.
  const value = Object.fromEntries(Object.entries(written).filter(([, section]) => section !== null));
  if (value['providers'] !== undefined) return value as JsonObject;
  const providers: Record<string, JsonObject> = { ...builtInProviders };
  for (const { name, kind, variable } of providersByVariable) {
    if (env[variable] && kinds.has(kind)) providers[name] = { kind, api_key: `\${${variable}}` };
  }
  return { ...value, providers, models: value['models'] ?? builtInModels } as JsonObject;
}

interface Sources {
  readonly draft: ConfigDraft;
  readonly options: LoadConfigOptions;
  readonly file: string | null;
  readonly text: string | null;
  readonly folder: string;
  readonly readFile: ReadText;
}

async function toConfig(value: Json, sources: Sources): Promise<GatewayConfig> {
  const { draft, options, file, text } = sources;
  const rawProviders = section(value, 'providers');
  const names = Object.keys(rawProviders);
  const auth = section(value, 'auth');
  const telemetry = section(value, 'telemetry');
  const embedder = section(value, 'embedder');
  checkEmbedder(embedder, names, draft);
  const models = readAliases(section(value, 'models'), names, draft);
  const aliases = models.map(({ alias }) => alias);
  return {
    version: text === null ? 'default' : hash('sha256', text, 'hex').slice(0, 12),
    file,
    server: await toServer(section(value, 'server'), sources),
    auth: {
      masterKey: typeof auth['master_key'] === 'string' ? new Secret(auth['master_key']) : null,
      budgetStatus: auth['budget_status'] as number,
    },
    providers: readProviders(rawProviders, options.kinds, draft),
    models,
    stores: readStores(section(value, 'stores'), draft),
    embedder,
    evals: await readEvals(isJsonObject(value) ? value['evals'] : undefined, { ...sources, aliases }),
    telemetry: {
      otlp: (telemetry['otlp'] as string | undefined) ?? null,
      otlpHeaders: secretsOf(section(telemetry, 'otlp_headers')),
      sample: telemetry['sample'] as number,
      capture: {
        mode: telemetry['capture'] as CaptureConfig['mode'],
        sample: telemetry['capture_sample'] as number,
        limitChars: telemetry['capture_limit'] as number,
        sizeBytes: telemetry['capture_size'] as number,
        retentionMs: telemetry['capture_retention'] as number,
      },
      metrics: telemetry['metrics'] as boolean,
      logLevel: telemetry['log_level'] as TelemetryConfig['logLevel'],
    },
    console: { enabled: section(value, 'console')['enabled'] as boolean },
  };
}

function secretsOf(values: JsonObject): Readonly<Record<string, Secret>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.toLowerCase(), new Secret(value as string)]),
  );
}

async function toServer(server: JsonObject, sources: Sources): Promise<ServerConfig> {
  const { draft, options } = sources;
  for (const key of ['request_timeout', 'drain_timeout', 'drain_delay', 'queue_timeout']) {
    if (typeof server[key] === 'number' && server[key] > maxTimerMs) {
      complain(draft, ['server', key], 'expected at most 24d');
    }
  }
  return {
    host: options.host ?? (typeof server['host'] === 'string' ? server['host'] : '127.0.0.1'),
    port: options.port ?? (server['port'] as number),
    bodyLimitBytes: server['body_limit'] as number,
    requestTimeoutMs: server['request_timeout'] as number,
    drainTimeoutMs: server['drain_timeout'] as number,
    drainDelayMs: server['drain_delay'] as number,
    load: {
      maxConcurrent: server['max_concurrent'] as number,
      maxQueue: server['max_queue'] as number,
      queueTimeoutMs: server['queue_timeout'] as number,
      shedAbove: server['shed_above'] as number,
    },
    tls: isJsonObject(server['tls']) ? await toTls(server['tls'], sources) : null,
  };
}

async function toTls(tls: JsonObject, { draft, folder, readFile }: Sources): Promise<ServerConfig['tls']> {
  const paths: Record<string, string> = {};
  for (const key of ['cert', 'key', 'client_ca']) {
    const written = tls[key];
    if (typeof written !== 'string') continue;
    paths[key] = resolve(folder, written);
    try {
      await readFile(paths[key]);
    } catch (error) {
      complain(draft, ['server', 'tls', key], `file ${written} ${whyUnreadable(error)}`);
    }
  }
  if (tls['require_client_cert'] === false && paths['client_ca'] === undefined) {
    complain(
      draft,
      ['server', 'tls', 'require_client_cert'],
      'without client_ca no client is asked for one',
      {
        severity: 'warning',
      },
    );
  }
  return {
    cert: paths['cert'] ?? '',
    key: paths['key'] ?? '',
    clientCa: paths['client_ca'] ?? null,
    requireClientCert: tls['require_client_cert'] !== false,
  };
}
