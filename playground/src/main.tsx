// Before what is built on them: of two rules the later one wins.
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';

import { render } from 'preact';
import { loadSession } from './api/session-requests.ts';
import { App } from './app/app.tsx';
import { takeLinkClicks } from './app/router.ts';
import './app/theme.ts';

const root = document.getElementById('app')!;
takeLinkClicks(document.body);
void loadSession();
render(<App />, root);
