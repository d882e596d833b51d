import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../core/config/load.ts';
import { firstPartyProviders } from '../../core/gateway.ts';
import { testGateway } from '../../core/testing.ts';
import { deploy, deployFile } from './deploy-files.ts';
import { Template } from './template.ts';

const chart = join(deploy, 'helm/sluice');

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Record<string, unknown>;
  readonly data?: Readonly<Record<string, string>>;
}

interface Values {
  readonly config: string;
  readonly policies: Readonly<Record<string, string>>;
}

const values = parse(deployFile('helm/sluice/values.yaml')) as Values;

function rendered(changes: object = {}): readonly Manifest[] {
  const about = parse(deployFile('helm/sluice/Chart.yaml')) as {
    name: string;
    version: string;
    appVersion: string;
  };
  const template = new Template({
    Values: { ...values, ...changes },
    Release: { Name: 'gw', Service: 'Helm' },
    Chart: { Name: about.name, Version: about.version, AppVersion: about.appVersion },
  });
  const folder = join(chart, 'templates');
  template.render(readFileSync(join(folder, '_helpers.tpl'), 'utf8'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => documentsOf(template.render(readFileSync(join(folder, name), 'utf8')), name));
}

function documentsOf(text: string, name: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${name}: ${problem.message}\n${text}`);
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

function checkManifests(t: Test, manifests: readonly Manifest[]): void {
  const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind)!;
  t.strictSame(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted(), [
    'ConfigMap gw-config',
    'ConfigMap gw-policies',
    'Deployment gw',
    'HorizontalPodAutoscaler gw',
    'NetworkPolicy gw',
    'PodDisruptionBudget gw',
    'Service gw',
  ]);
  const selector = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/instance': 'gw' };
  t.match(one('Deployment'), {
    apiVersion: 'apps/v1',
    metadata: { labels: selector },
    spec: {
      selector: { matchLabels: selector },
      strategy: { rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: { labels: selector, annotations: { 'checksum/config': /^[0-9a-f]{64}$/ } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              image: 'sluice:0.1.0',
              envFrom: [{ secretRef: { name: 'sluice' } }],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
              readinessProbe: { httpGet: { path: '/health/ready', port: 'http' } },
              startupProbe: { httpGet: { path: '/health/live', port: 'http' } },
              resources: { limits: { memory: '1536Mi' } },
            },
          ],
        },
      },
    },
  });
  t.match(one('HorizontalPodAutoscaler').spec, {
    scaleTargetRef: { name: 'gw' },
    minReplicas: 2,
    maxReplicas: 10,
  });
  t.strictSame(one('PodDisruptionBudget').spec, { minAvailable: 1, selector: { matchLabels: selector } });
  t.match(one('NetworkPolicy').spec, {
    podSelector: { matchLabels: selector },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 'http' }] }],
  });
  t.match(one('Service').spec, { selector, ports: [{ port: 80, targetPort: 'http' }] });
  const configs = manifests.filter(({ kind }) => kind === 'ConfigMap');
  t.strictSame(configs[0]!.data, { 'gateway.yaml': values.config });
  t.strictSame(configs[1]!.data, values.policies);
  t.notOk(
    manifests.some(({ kind }) => kind === 'Secret'),
    'secrets are named, not made',
  );
}

t.test('the chart makes what it promises', async (t) => checkManifests(t, rendered()));

t.test('without autoscaling there are two replicas; policies may be another ConfigMap', async (t) => {
  const manifests = rendered({
    autoscaling: { enabled: false },
    networkPolicy: { enabled: false },
    existingPoliciesConfigMap: 'from-git',
  });
  const kinds = manifests.map(({ kind }) => kind).toSorted();
  t.strictSame(kinds, ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service']);
  t.match(manifests.find(({ kind }) => kind === 'Deployment')?.spec, {
    replicas: 2,
    template: { spec: { volumes: [{}, { name: 'policies', configMap: { name: 'from-git' } }] } },
  });
});

interface Pod {
  readonly spec: {
    readonly terminationGracePeriodSeconds: number;
    readonly containers: readonly [{ readonly lifecycle?: unknown }];
  };
}

const podOf = (manifests: readonly Manifest[]) =>
  manifests.find(({ kind }) => kind === 'Deployment')!.spec['template'] as Pod;

t.test('a pod that ends serves until the service has forgotten it, whatever gateway.yaml says', async (t) => {
  const { config } = await loadConfig({
    file: 'gateway.yaml',
    readFile: async () => values.config,
    env: { SLUICE_MASTER_KEY: 'sk-m', SLUICE_LEDGER: 'sqlite', SLUICE_COUNTERS: 'memory' },
    kinds: new Map(firstPartyProviders.map((kind) => [kind.kind, kind])),
  });
  const { drainDelayMs, drainTimeoutMs } = config.server;
  t.equal(drainDelayMs, 10_000);
  const { spec } = podOf(rendered());
  t.notHas(spec.containers[0], { lifecycle: {} }, 'the gateway itself waits');
  t.ok(spec.terminationGracePeriodSeconds * 1000 > drainDelayMs + drainTimeoutMs + 5_000);
  const own = podOf(rendered({ config: 'server: { host: 0.0.0.0 }\n' })).spec;
  t.match(own.containers[0], { lifecycle: { preStop: { exec: { command: ['sleep', '10'] } } } });
});

t.test('keys of the Secret can be files too, which change without a restart', async (t) => {
  const secrets = { existingSecret: 'provider-keys', mountPath: '/run/secrets/sluice' };
  const pod = rendered({ secrets }).find(({ kind }) => kind === 'Deployment')?.spec['template'] as {
    spec: { volumes: { name: string }[]; containers: [{ volumeMounts: { name: string }[] }] };
  };
  const named = <T extends { name: string }>(list: readonly T[]) =>
    list.find(({ name }) => name === 'secrets');
  t.match(named(pod.spec.volumes), { secret: { secretName: 'provider-keys', defaultMode: 0o440 } });
  t.match(named(pod.spec.containers[0].volumeMounts), { mountPath: '/run/secrets/sluice', readOnly: true });
});

t.test('the values are a configuration and a program that load', async (t) => {
  const { problems } = await loadConfig({
    file: 'gateway.yaml',
    readFile: async () => values.config,
    env: {
      SLUICE_MASTER_KEY: 'sk-m',
      SLUICE_LEDGER: 'postgres://u:p@db/x',
      SLUICE_COUNTERS: 'redis://r:6379',
    },
    kinds: new Map(firstPartyProviders.map((kind) => [kind.kind, kind])),
  });
  t.strictSame(problems, []);
  const { gateway, close } = await testGateway({ policies: values.policies, data: t.testdir() });
  t.teardown(close);
  t.equal(gateway.program.steps.length, Object.keys(values.policies).length);
});

t.test('Helm renders the same', async (t) => {
  if (spawnSync('helm', ['version']).error !== undefined) {
    t.comment('helm is not installed: only our own rendering was looked at');
    return;
  }
  const lint = spawnSync('helm', ['lint', '--strict', chart], { encoding: 'utf8' });
  t.equal(lint.status, 0, lint.stdout);
  const { status, stdout, stderr } = spawnSync('helm', ['template', 'gw', chart], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  checkManifests(t, documentsOf(stdout, 'helm template'));
});
