import type { ComponentType } from 'preact';
import { Component } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { allowed, session, sessionProblem, signInOpen } from '../api/session.ts';
import { loadSession } from '../api/session-requests.ts';
import { Button } from '../ui/button.tsx';
import { Failure, Loading, Notice } from '../ui/states.tsx';
import type { Screen } from './screens.ts';

/** Loads a screen's code when it is first shown; asks for a sign-in where the screen needs one. */
export function LazyScreen({ screen }: { readonly screen: Screen }) {
  const [Loaded, setLoaded] = useState<ComponentType | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    let wanted = true;
    setProblem(null);
    screen.load().then(
      (module) => wanted && setLoaded(() => module.default),
      (error: unknown) => wanted && setProblem(messageOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [screen, round]);

  if (problem !== null) {
    return (
      <div class="page">
        <Failure
          title="This screen could not be loaded"
          // A deployment replaces the files; the page that is open still asks for the old ones.
          message="The gateway may have been updated meanwhile. Load the page again."
          onRetry={() => (round > 0 ? location.reload() : setRound(round + 1))}
        />
      </div>
    );
  }
  if (screen.open !== true) {
    if (session.value === null) return <Waiting label={screen.label} />;
    if (!allowed.value) return <SignedOut label={screen.label} />;
  }
  if (Loaded === null) return <Waiting label={screen.label} />;
  return (
    <Boundary>
      <Loaded />
    </Boundary>
  );
}

function Waiting({ label }: { readonly label: string }) {
  return (
    <div class="page">
      {sessionProblem.value === null ? (
        <Loading label={label} />
      ) : (
        <Failure title="No connection" message={sessionProblem.value} onRetry={() => void loadSession()} />
      )}
    </div>
  );
}

function SignedOut({ label }: { readonly label: string }) {
  return (
    <div class="page">
      <h1>{label}</h1>
      <Notice title="Sign in to see this">
        <p>What goes through the gateway is shown to the owner of its master key.</p>
        <Button kind="primary" onClick={() => (signInOpen.value = true)}>
          Sign in
        </Button>
      </Notice>
    </div>
  );
}

/** A fault in one screen leaves the others usable. */
class Boundary extends Component<object, { readonly error: unknown }> {
  override state = { error: null as unknown };

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div class="page">
        <Failure
          title="This screen broke"
          message={messageOf(this.state.error)}
          onRetry={() => this.setState({ error: null })}
        />
      </div>
    );
  }
}
