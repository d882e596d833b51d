import { useRef } from 'preact/hooks';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { toast } from '../ui/toasts.tsx';
import { download, downloadFiles } from './download.ts';
import { fromText, maxLinkChars, maxStateBytes, ShareError, toFragment } from './share.ts';
import {
  configIsLive,
  files,
  liveConfig,
  ofSample,
  paused,
  stateNow,
  takeSample,
  takeState,
  wayBack,
} from './state.ts';

/** Links and files: everything that is in the page, without a server. */
export function ShareMenu() {
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      if (file.size > maxStateBytes) throw new ShareError(`It is larger than ${maxStateBytes} bytes.`);
      takeState(fromText(await file.text()));
      // Somebody may have sent the file: it is treated as a link.
      paused.value = true;
    } catch (error) {
      if (!(error instanceof ShareError)) throw error;
      toast({ kind: 'bad', text: error.message });
    }
  };
  return (
    <div class="share">
      <Button onClick={() => void copyLink()}>
        <Icon name="copy" /> Copy link
      </Button>
      <Menu label="Open and save" trigger={<Icon name="dots" />}>
        <MenuItem
          onSelect={() =>
            download('sluice-playground.json', JSON.stringify(stateNow(), null, 2), 'application/json')
          }
        >
          Save as a file
        </MenuItem>
        <MenuItem onSelect={() => input.current?.click()}>Open a file</MenuItem>
        <MenuItem onSelect={() => downloadFiles(files.peek())}>Export the policies</MenuItem>
        <MenuSeparator />
        <MenuItem
          onSelect={() => {
            const run = wayBack();
            takeSample();
            toast({ kind: 'ok', text: 'The sample is open.', action: { label: 'Back to my draft', run } });
          }}
        >
          Begin with the sample
        </MenuItem>
        {liveConfig.value !== null && !configIsLive.value ? (
          <MenuItem
            onSelect={() => {
              ofSample.value = false;
            }}
          >
            Use the names of this gateway
          </MenuItem>
        ) : null}
      </Menu>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        class="visually-hidden"
        tabIndex={-1}
        aria-label="Open a saved playground"
        onChange={(event) => {
          void open(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

async function copyLink(): Promise<void> {
  const fragment = await toFragment(stateNow());
  if (fragment.length > maxLinkChars) {
    const action = {
      label: 'Save as a file',
      run: () => download('sluice-playground.json', JSON.stringify(stateNow(), null, 2), 'application/json'),
    };
    toast({ kind: 'bad', text: 'It is too much for a link. Send it as a file.', action });
    return;
  }
  history.replaceState(null, '', fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    toast({ kind: 'ok', text: 'The link is copied. All of it is in the link; no server gets it.' });
  } catch {
    toast({ kind: 'ok', text: 'The link is in the address bar.' });
  }
}
