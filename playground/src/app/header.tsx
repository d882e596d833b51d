import { useEffect, useRef } from 'preact/hooks';
import { session, signInOpen } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { AccountMenu } from './account-menu.tsx';
import { hrefOf, route } from './router.ts';
import { screens } from './screens.ts';
import { ThemeMenu } from './theme-menu.tsx';

export function Header() {
  const nav = useRef<HTMLElement>(null);
  const name = route.value;
  useEffect(() => {
    // On a phone the names are wider than the window.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [name]);
  return (
    <header class="header">
      <a class="brand" href={hrefOf('')} aria-label="Sluice, playground">
        <Icon name="logo" />
        <span>Sluice</span>
      </a>
      <nav ref={nav} class="nav" aria-label="Screens">
        <ul>
          {screens.map(({ name, label }) => (
            <li key={name}>
              <a href={hrefOf(name)} aria-current={route.value === name ? 'page' : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="header-tools">
        <ThemeMenu />
        <Account />
      </div>
    </header>
  );
}

function Account() {
  const now = session.value;
  if (now === null) return null;
  if (now.signed_in || now.open) return <AccountMenu session={now} />;
  return (
    <Button onClick={() => (signInOpen.value = true)}>
      <Icon name="key" />
      Sign in
    </Button>
  );
}
