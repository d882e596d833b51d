import { useComputed } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Toasts } from '../ui/toasts.tsx';
import { TooltipProvider } from '../ui/tooltip.tsx';
import { Header } from './header.tsx';
import { KeyboardHelp } from './keyboard-help.tsx';
import { LazyScreen } from './lazy-screen.tsx';
import { hrefOf, route } from './router.ts';
import { screens } from './screens.ts';
import { takeShortcuts } from './shortcuts.ts';
import { SignInDialog } from './sign-in-dialog.tsx';
import './app.css';

/** The frame that stays, and the screen of the address in it. */
export function App() {
  const main = useRef<HTMLElement>(null);
  const screen = useComputed(() => screens.find(({ name }) => name === route.value)).value;
  const first = useRef(true);

  useEffect(() => takeShortcuts(), []);
  useEffect(() => {
    document.title = `${screen?.label ?? 'Not found'} · Sluice`;
    // Whoever reads with a screen reader or the keyboard goes on at the new screen, not in the navigation.
    if (first.current) first.current = false;
    else {
      scrollTo(0, 0);
      main.current?.focus();
    }
  }, [screen]);

  return (
    <TooltipProvider>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Header />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        aria-label={screen?.label}
        class={screen?.full === true ? 'main main-full' : 'main'}
      >
        {screen === undefined ? <NotFound /> : <LazyScreen key={screen.name} screen={screen} />}
      </main>
      <SignInDialog />
      <KeyboardHelp />
      <Toasts />
    </TooltipProvider>
  );
}

function NotFound() {
  return (
    <div class="page">
      <h1>There is no such page</h1>
      <p>
        The address leads nowhere. <a href={hrefOf('overview')}>Go to the overview</a>.
      </p>
    </div>
  );
}
