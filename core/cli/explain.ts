import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Trace } from '../../sdk/trace.ts';
import { firstPartyPlugins, firstPartyProviders } from '../gateway.ts';
import { CaseError, type Given } from '../policy-test/case.ts';
import { loadOffline } from '../policy-test/offline.ts';
import { givenOfRequest } from '../policy-test/request-file.ts';
import { runSituation } from '../policy-test/run.ts';
import { situationOf } from '../policy-test/situation.ts';
import { formatProblem, ProblemsError } from '../problem.ts';
import { readFolder } from '../program/folder.ts';
import { recordingsFolder } from '../replay/recordings.ts';
import { findRecording } from '../replay/records.ts';
import { explainTrace } from '../trace/explain-text.ts';
import { type Command, parseOptions, sourceOptions, type Terminal, UsageError } from './command.ts';
import { addressOptions, askGateway, errorMessage, gatewayUrl } from './gateway-address.ts';
import { configFile } from './source.ts';

const help = `Usage: sluice explain REQUEST_ID [--url URL] [--policy NAME] [--json]
       sluice explain REQUEST_ID --recorded [--data DIR] [--config FILE] [--policies DIR] [--policy NAME] [--json]
       sluice explain request.json [--config FILE] [--policies DIR] [--policy NAME] [--json]

Says what was decided about a request and why: where it went, who wrote each slot and who lost it, and every rule with
its place, whether it matched and the values it saw.

With a request id (X-Request-Id of the answer) it asks a running gateway, which keeps the last 2000 records. With --recorded
it sends the request, as telemetry.capture recorded it, through the policies here.
With a file it sends the request through the policies here; nobody is called and plugins are left out. The file holds
a request body, perhaps with facts beside it ({"tenant": {"plan": "free"}, "model": …, "messages": …}), or the "given"
of a test case.

  --policy NAME    only the rules of this policy
  --recorded       take the request from the recordings in the data folder
  --data DIR       the gateway's data folder (.sluice/)
  --json           print the decision record itself
  --url URL        the gateway (SLUICE_URL, http://127.0.0.1:4000); SLUICE_MASTER_KEY is sent as its key
  --config FILE    configuration (gateway.yaml in the policies folder, else in the working folder, else built in)
  --policies DIR   the program (policies/)
`;

export const command: Command = {
  name: 'explain',
  summary: 'say what was decided about a request, and why',
  help,
  async run(args, terminal) {
    const { values, positionals } = parseOptions(
      args,
      {
        ...sourceOptions,
        ...addressOptions,
        policy: { type: 'string' },
        recorded: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      { min: 1, max: 1 },
    );
    const what = positionals[0]!;
    const file = resolve(terminal.cwd, what);
    let trace: Trace;
    try {
      if (values.recorded === true)
        trace = await traceOfGiven(await givenOfId(what, values.data, terminal), values, terminal);
      else if (existsSync(file)) trace = await traceOfFile(file, what, values, terminal);
      else if (/\.(json|ya?ml)$|[/\\]/.test(what)) throw new UsageError(`there is no file ${what}`);
      else trace = await traceOfId(what, gatewayUrl(values.url, terminal), terminal);
    } catch (error) {
      if (error instanceof ProblemsError) {
        for (const problem of error.problems) terminal.err(`${formatProblem(problem)}\n`);
        return 1;
      }
      if (!(error instanceof CaseError)) throw error;
      terminal.err(`sluice explain: ${error.message}\n`);
      return 1;
    }
    if (values.json === true) terminal.out(`${JSON.stringify(trace, null, 2)}\n`);
    else {
      const lines = explainTrace(trace, values.policy === undefined ? {} : { policy: values.policy });
      terminal.out(`${lines.join('\n')}\n`);
    }
    return 0;
  },
};

async function traceOfId(id: string, url: string, terminal: Terminal): Promise<Trace> {
  const { status, json } = await askGateway(url, `/v1/decisions/${encodeURIComponent(id)}`, terminal);
  if (status !== 200) throw new Error(errorMessage(json));
  return json as Trace;
}

async function traceOfFile(
  file: string,
  name: string,
  values: { readonly config?: string | undefined; readonly policies?: string | undefined },
  terminal: Terminal,
): Promise<Trace> {
  return traceOfGiven(givenOfRequest(await readFile(file, 'utf8'), name), values, terminal);
}

async function givenOfId(id: string, data: string | undefined, terminal: Terminal): Promise<Given> {
  const folder = recordingsFolder(resolve(terminal.cwd, data ?? '.sluice'));
  const record = await findRecording(folder, id);
  if (record !== undefined) return record.given;
  throw new Error(`there is no recorded request ${id} in ${folder}`);
}

async function traceOfGiven(
  given: Given,
  values: { readonly config?: string | undefined; readonly policies?: string | undefined },
  terminal: Terminal,
): Promise<Trace> {
  const folder = resolve(terminal.cwd, values.policies ?? 'policies');
  const own = join(folder, 'gateway.yaml');
  const offline = await loadOffline({
    config: values.config === undefined && existsSync(own) ? own : configFile(values.config, terminal),
    snapshot: await readFolder(folder),
    env: terminal.env,
    plugins: firstPartyPlugins,
    kinds: firstPartyProviders,
  });
  try {
    const run = await runSituation(situationOf(given, offline.setup.services.models), offline);
    if (offline.leftOut.length > 0)
      terminal.err(`plugins are left out here: ${offline.leftOut.join(', ')}\n`);
    return run.trace;
  } finally {
    await offline.close();
  }
}
