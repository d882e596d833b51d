import type { ComponentChildren, Ref } from 'preact';
import { createElement } from 'preact';
import { forwardRef, type JSX, useLayoutEffect } from 'preact/compat';
import './remove-scroll.css';

interface RemoveScrollProps {
  readonly as?: unknown;
  readonly enabled?: boolean;
  readonly allowPinchZoom?: boolean;
  readonly shards?: unknown;
  readonly children?: ComponentChildren;
}

/** How many open layers want the page behind them to stand still. */
let locks = 0;

function hold(): () => void {
  locks += 1;
  // The page must not jump where its scroll bar goes.
  if (locks === 1)
    document.body.style.paddingRight = `${innerWidth - document.documentElement.clientWidth}px`;
  document.documentElement.classList.add('scroll-locked');
  return () => {
    locks -= 1;
    if (locks > 0) return;
    document.documentElement.classList.remove('scroll-locked');
    document.body.style.paddingRight = '';
  };
}

/**
 * Stands in for `react-remove-scroll`, which radix-ui's dialogs and menus use: that one writes a `<style>` element, which
 * `style-src 'self'` forbids. A class of our own style sheet does the same here.
 */
export const RemoveScroll = forwardRef(function RemoveScroll(
  { as = 'div', enabled = true, allowPinchZoom: _zoom, shards: _shards, ...rest }: RemoveScrollProps,
  ref: Ref<HTMLElement>,
): JSX.Element {
  useLayoutEffect(() => (enabled ? hold() : undefined), [enabled]);
  return createElement(as as 'div', { ...rest, ref: ref as Ref<HTMLDivElement> });
});
