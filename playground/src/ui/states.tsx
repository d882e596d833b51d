import type { ComponentChildren } from 'preact';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import './states.css';

/** Something is on its way. It appears only after a moment: most answers are there before. */
export function Loading({ label }: { readonly label: string }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading {label}</span>
      <div class="loading-bar" />
      <div class="loading-block" />
      <div class="loading-block" />
    </div>
  );
}

interface NoticeProps {
  readonly title: string;
  readonly icon?: IconName;
  readonly children?: ComponentChildren;
}

/** Nothing to show, why, and what to do. */
export function Notice({ title, icon = 'info', children }: NoticeProps) {
  return (
    <div class="notice">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface FailureProps {
  readonly title: string;
  readonly message: string;
  readonly onRetry?: () => void;
}

export function Failure({ title, message, onRetry }: FailureProps) {
  return (
    <div class="notice notice-bad" role="alert">
      <Icon name="warn" />
      <h2>{title}</h2>
      <p>{message}</p>
      {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** Above figures that could not be brought up to date: what is shown is older. */
export function Stale({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <div class="stale" role="status">
      <Icon name="warn" />
      <span>Not up to date: {message}</span>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}
