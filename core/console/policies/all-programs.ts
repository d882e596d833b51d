import type { Log } from '../../../sdk/services.ts';
import type { Peer } from '../../cluster/fleet.ts';
import type { Problem } from '../../problem.ts';
import type { FolderSnapshot } from '../../program/folder.ts';
import type { Programs } from '../../program/registry.ts';
import { type Answerers, type Peers, type WorkerJson, workersJson } from '../peers/peers.ts';
import type { JoinAnswer, ProgramAnswer } from '../peers/questions.ts';
import type { PolicyFolder } from './policy-folder.ts';

/** A program is loaded and its tests run in every process. */
const changeMs = 15_000;

export interface AllProgramsDeps {
  readonly folder: PolicyFolder;
  readonly programs: Pick<Programs, 'current' | 'status' | 'reload' | 'rollback'>;
  readonly peers: Peers;
  readonly log: Log;
}

const nothingBefore: Problem = {
  file: 'policies',
  line: 0,
  column: 0,
  severity: 'error',
  message: 'there is no version before this one',
};

/** A process and the version that it serves; null where it did not say. */
export type WorkerVersion = WorkerJson & { readonly version: string | null };

/** What each process serves; null where the gateway is one. */
export type WorkerVersions = readonly WorkerVersion[] | null;

type PeerTypes = 'program' | 'snapshot' | 'activate' | 'go_back';

/** The programs of all processes at an address: a change reaches every one of them, and one that starts later too. */
export class AllPrograms {
  readonly #deps: AllProgramsDeps;
  /** What somebody went back to, and the folder's version then. */
  #wentBack: NonNullable<JoinAnswer['wentBack']> | null = null;

  constructor(deps: AllProgramsDeps) {
    this.#deps = deps;
  }

  /** A version is in use here, and in the folder: the others read the folder. Waits until they serve it or do not. */
  async activated(version: string): Promise<WorkerVersions> {
    const { answers, peers } = await this.#deps.peers.ask({ type: 'activate', version }, changeMs);
    return this.#versions(peers, answers);
  }

  /**
   * Goes back to a version, by default the one before the present one, in every process, also in those that never served it.
   *
   * @returns what is wrong; nothing has changed anywhere then.
   */
  async goBack(
    version?: string,
  ): Promise<{ readonly problems: readonly Problem[]; readonly workers: WorkerVersions }> {
    const { programs, peers } = this.#deps;
    const wanted = version ?? (peers.any ? await this.#before() : undefined);
    const snapshot = peers.any && wanted !== undefined ? await this.#find(wanted) : null;
    if (snapshot === null) {
      if (peers.any && wanted === undefined) return { problems: [nothingBefore], workers: null };
      const result = await programs.rollback(wanted);
      return { problems: result.ok ? [] : result.problems, workers: null };
    }
    const problems = await this.#serve(snapshot);
    if (problems.length > 0) return { problems, workers: null };
    const asked = await peers.ask({ type: 'go_back', snapshot }, changeMs);
    return { problems: [], workers: this.#versions(asked.peers, asked.answers) };
  }

  /** What the others serve, and what they can go back to. */
  async others(): Promise<{ readonly known: readonly ProgramAnswer[]; readonly workers: WorkerVersions }> {
    const { answers, peers } = await this.#deps.peers.ask({ type: 'program' });
    return { known: answers.map(({ answer }) => answer), workers: this.#versions(peers, answers) };
  }

  /** What somebody went back to, for a process that is about to serve; null where the folder decides. */
  get wentBack(): JoinAnswer['wentBack'] {
    const { current } = this.#deps.programs;
    const back = this.#wentBack;
    return back !== null && current?.version === back.snapshot.version && back.over !== current.version
      ? back
      : null;
  }

  /** Serves what the others went back to, as long as the folder is as it was then. */
  async join(wentBack: readonly JoinAnswer['wentBack'][]): Promise<void> {
    const { programs, log } = this.#deps;
    const back = wentBack.find((one) => one !== null);
    if (back === undefined || back === null || programs.current?.version !== back.over) return;
    const problems = await this.#serve(back.snapshot);
    if (problems.length > 0) {
      log.error(
        { problems, version: back.snapshot.version },
        'this worker does not load the version that the others went back to',
      );
    }
  }

  answers(): Pick<Answerers, PeerTypes> {
    const { folder, programs } = this.#deps;
    return {
      program: () => this.own(),
      snapshot: ({ version }) => folder.version(version)?.snapshot ?? null,
      activate: async ({ version }) => {
        if (programs.current?.version !== version) await programs.reload();
        return this.own();
      },
      go_back: async ({ snapshot }) => {
        await this.#serve(snapshot);
        return this.own();
      },
    };
  }

  async #serve(snapshot: FolderSnapshot): Promise<readonly Problem[]> {
    const { folder, programs } = this.#deps;
    const { version } = snapshot;
    const over = await folder.read().then(
      (onDisk) => onDisk.version,
      () => '',
    );
    const result = programs.status.versions.includes(version)
      ? await programs.rollback(version)
      : await folder.showing(snapshot, () => programs.reload());
    if (!result.ok) return result.problems;
    this.#wentBack = { snapshot, over };
    return [];
  }

  /** The version before the present one, as whoever was there then knows it. */
  async #before(): Promise<string | undefined> {
    const own = this.own();
    const over = this.wentBack?.over;
    const { known } = await this.others();
    for (const { versions } of [own, ...known]) {
      const names = versions.map(({ version }) => version);
      const at = names.indexOf(own.version);
      // One that took over what the others went back to has it last, behind the newer one.
      const isInOrder = over === undefined || names.indexOf(over) > at;
      if (at > 0 && isInOrder) return names[at - 1];
    }
    return undefined;
  }

  /** The files of a version, wherever they are still known. */
  async #find(version: string): Promise<FolderSnapshot | null> {
    const { folder, peers } = this.#deps;
    const own = folder.version(version)?.snapshot;
    if (own !== undefined) return own;
    const { answers } = await peers.ask({ type: 'snapshot', version });
    return answers.find(({ answer }) => answer !== null)?.answer ?? null;
  }

  /** What this process serves, and what it can go back to, the oldest first. */
  own(): ProgramAnswer {
    const { folder, programs } = this.#deps;
    return {
      version: programs.current?.version ?? '',
      versions: programs.status.versions.map((version) => {
        const loaded = folder.version(version);
        return {
          version,
          loadedAtMs: loaded?.loadedAtMs ?? null,
          files: loaded?.snapshot.files.length ?? null,
        };
      }),
    };
  }

  #versions(
    peers: readonly Peer[] | null,
    answers: readonly { readonly peer: Peer; readonly answer: ProgramAnswer }[],
  ): WorkerVersions {
    const workers = workersJson(peers);
    if (peers === null || workers === null) return null;
    return peers.map((peer, index) => {
      const answer = answers.find((one) => one.peer === peer)?.answer;
      const version = peer.self ? this.#deps.programs.current?.version : answer?.version;
      return { ...workers[index]!, version: version ?? null };
    });
  }
}
