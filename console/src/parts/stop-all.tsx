import { useState } from 'preact/hooks'
import { closeOverlay } from '../state/keys.ts'
import { isConnected } from '../state/live.ts'
import { act } from '../state/notices.ts'
import { go, linkTo } from '../state/route.ts'
import { session } from '../state/session.ts'
import { Dialog } from './dialog.tsx'
import { focused } from './focused.ts'

const WORD = 'stop all'

/** One gesture, guarded: a reason and the word, then one standing order that also holds agents that come later (AG7). */
export function StopAll() {
  const [word, setWord] = useState('')
  const [reason, setReason] = useState('')
  const { client } = session.value ?? {}
  const close = () => closeOverlay('stop-all')
  const isReady = word.trim().toLowerCase() === WORD && reason.trim() !== '' && isConnected.value
  return (
    <Dialog title="Stop every agent" class="stop-all" onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isReady || !client) return
          close()
          go('agents')
          void act(['stop all', reason.trim()], 'Stop of every agent ordered', (key) =>
            client.stop({ all: true }, reason.trim(), { key }),
          )
        }}
      >
        <p>
          Every agent is stopped and locked, and those that start later are held, until the order is lifted
          and each agent is reinstated. The wall shows agent by agent how far it got.
        </p>
        <p class="muted">
          To hold them for a while and lose no run,{' '}
          <a href={linkTo('agents')} onClick={close}>
            pause every agent
          </a>{' '}
          there instead.
        </p>
        <label>
          <span>Why</span>
          <input
            ref={focused}
            value={reason}
            maxLength={2_000}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        <label>
          <span>
            Type <code>{WORD}</code>
          </span>
          <input
            value={word}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setWord(currentTarget.value)}
          />
        </label>
        <div class="buttons">
          <button type="submit" class="deny" disabled={!isReady}>
            Stop every agent
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}
