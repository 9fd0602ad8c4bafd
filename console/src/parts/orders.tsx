import { counted, type OrderView, type Target } from '@holdpoint/shared'
import { useState } from 'preact/hooks'
import { clockTime } from '../model/time.ts'
import { isLive, replica } from '../state/live.ts'
import { act } from '../state/notices.ts'
import { session } from '../state/session.ts'
import { focused } from './focused.ts'
import { Text } from './text.tsx'

export function targetWords(target: Target): string {
  if ('all' in target) return 'every agent'
  if ('labels' in target) return `agents with ${target.labels}`
  return target.children ? `${target.agent} and its children` : target.agent
}

/** More of them are told in a line each, and whole where one is about to be lifted. */
const AT_LENGTH = 2

/** Standing orders stay in sight, on every page, until somebody lifts them (AG7). */
export function Orders() {
  const orders = [...(replica()?.orders.values() ?? [])]
  if (orders.length === 0) return null
  return (
    <section aria-label="Standing orders">
      <ul class={orders.length > AT_LENGTH ? 'orders many' : 'orders'}>
        {orders.map((order) => (
          <Order key={order.id} order={order} />
        ))}
      </ul>
    </section>
  )
}

function Order({ order: { id, effect, selector, by, reason, at, held } }: { readonly order: OrderView }) {
  const [lifting, setLifting] = useState(false)
  const [why, setWhy] = useState('')
  const { client } = session.value ?? {}
  return (
    <li class={`order ${effect} ${lifting ? 'lifting' : ''}`}>
      <span>
        <strong>{effect === 'stop' ? 'Stopped' : 'Paused'}:</strong> <Text>{targetWords(selector)}</Text> · by{' '}
        {by} at {clockTime(at)} · “<Text>{reason}</Text>”
        {held === undefined ? null : (
          <span class="order-progress">
            {' '}
            · {held.halted} of {counted(held.agents, 'agent')} halted
          </span>
        )}
      </span>
      {lifting ? (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault()
            if (why.trim() !== '' && client)
              void act(['lift', id, why.trim()], 'Order lifted', (key) =>
                client.liftOrder(id, why.trim(), { key }),
              )
          }}
        >
          <input
            ref={focused}
            aria-label="Why it is lifted"
            placeholder="why is it lifted?"
            value={why}
            onInput={({ currentTarget }) => setWhy(currentTarget.value)}
          />
          <button type="submit" disabled={why.trim() === '' || !isLive.value}>
            Lift
          </button>
          <button type="button" onClick={() => setLifting(false)}>
            Cancel
          </button>
        </form>
      ) : (
        <button type="button" onClick={() => setLifting(true)}>
          Lift …
        </button>
      )}
    </li>
  )
}
