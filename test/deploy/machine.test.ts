import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../../core/config/load.ts';
import { firstPartyProviders } from '../../core/gateway.ts';
import { deploy, deployFile, root } from './deploy-files.ts';

interface Service {
  readonly depends_on?: unknown;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
}

t.test('the image is built in stages, runs as nobody special and says how it is', async (t) => {
  const lines = deployFile('Dockerfile').split('\n');
  const [major] = (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
  ).engines.node
    .replace('>=', '')
    .split('.');
  const stages = lines.filter((line) => line.startsWith('FROM '));
  t.equal(stages.length, 3);
  for (const stage of stages) t.match(stage, new RegExp(`^FROM node:${major}-`));
  t.ok(lines.includes('USER node'));
  t.ok(lines.some((line) => line.startsWith('HEALTHCHECK ')));
  const ignored = deployFile('Dockerfile.dockerignore').split('\n');
  const copied = lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(1, -1));
  for (const path of copied) {
    t.ok(existsSync(join(root, path)), `${path} is there`);
    t.ok(ignored.includes(`!${path}`), `${path} is sent to the builder`);
  }
  t.match(
    lines.find((line) => line.startsWith('ENTRYPOINT ')),
    'core/cli/main.ts',
  );
});

t.test('compose starts the gateway when its stores are healthy, and closes it up', async (t) => {
  const { services } = parse(deployFile('compose.yaml')) as { services: Readonly<Record<string, Service>> };
  t.match(services['gateway'], {
    depends_on: { redis: { condition: 'service_healthy' }, postgres: { condition: 'service_healthy' } },
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    ports: ['127.0.0.1:4000:4000'],
  });
  for (const name of ['redis', 'postgres']) t.ok(services[name]?.healthcheck, name);
  for (const name of ['prometheus', 'grafana']) t.strictSame(services[name]?.profiles, ['monitoring']);
  for (const { volumes = [] } of Object.values(services)) {
    for (const volume of volumes) {
      const [from = ''] = volume.split(':');
      if (from.startsWith('.')) t.ok(existsSync(join(deploy, from)), from);
    }
  }
  const { problems, config } = await loadConfig({
    file: join(deploy, 'compose/gateway.yaml'),
    env: { SLUICE_MASTER_KEY: 'sk-m', POSTGRES_PASSWORD: 'secret' },
    kinds: new Map(firstPartyProviders.map((kind) => [kind.kind, kind])),
  });
  t.strictSame(problems, []);
  t.match(config.stores, { ledger: /^postgres:/, counters: /^redis:/, cache: /^redis:/ });
});

t.test('the unit runs what is there, and gives it little', async (t) => {
  const unit = deployFile('systemd/sluice.service');
  for (const line of [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'CapabilityBoundingSet=',
    'StateDirectory=sluice',
  ]) {
    t.ok(unit.split('\n').includes(line), line);
  }
  const [, program = '', ...args] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? [];
  t.match(program, /\/node_modules\/\.bin\/node$/);
  t.match(args[0], /core\/cli\/main\.ts serve /);
  if (spawnSync('systemd-analyze', ['--version']).error !== undefined) {
    t.comment('systemd is not installed: the unit was only read');
    return;
  }
  const file = join(
    t.testdir({ 'sluice.service': unit.replace(program, process.execPath) }),
    'sluice.service',
  );
  writeFileSync(join(file, '..', 'sluice.socket'), deployFile('systemd/sluice.socket'));
  for (const one of [file, join(file, '..', 'sluice.socket')]) {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', one], { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    t.notMatch(stderr, /sluice\.(service|socket):\d+/, 'every setting is understood');
  }
});

t.test('the unit of the port has the address that is the default', async (t) => {
  const [, host, port] = /^ListenStream=(.*):(\d+)$/m.exec(deployFile('systemd/sluice.socket')) ?? [];
  const { config } = await loadConfig({
    file: null,
    env: {},
    kinds: new Map(firstPartyProviders.map((kind) => [kind.kind, kind])),
  });
  t.strictSame([host, Number(port)], [config.server.host, config.server.port]);
  t.match(deployFile('systemd/sluice.service'), /TimeoutStopSec=45/);
  t.ok(config.server.drainDelayMs + config.server.drainTimeoutMs < 45_000);
});
