import type { EventView } from '@holdpoint/shared'
import { eventItem, eventTone, eventWords } from '../model/event-words.ts'
import { clockTime } from '../model/time.ts'
import { linkTo } from '../state/route.ts'
import { Text } from './text.tsx'

interface Props {
  readonly events: readonly EventView[]
  readonly showAgent: boolean
}

/** Facts of the log, newest first, each with a link that stays. */
export function EventList({ events, showAgent }: Props) {
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={event.seq} class={eventTone(event)}>
          <a
            class="event-time"
            href={linkTo('history', String(event.seq))}
            title={`fact ${event.seq}, ${event.at}`}
          >
            {clockTime(event.at)}
          </a>
          <span class="event-type">{event.type}</span>
          {showAgent && event.agent !== undefined ? (
            <a class="event-agent" href={linkTo('agents', event.agent)}>
              {event.agent}
            </a>
          ) : null}
          <EventWords event={event} />
          <span class="event-by muted">{event.by === event.agent ? '' : (event.by ?? '')}</span>
        </li>
      ))}
    </ol>
  )
}

/** Where it is about something that has a card, they lead there: the log itself holds no arguments. */
function EventWords({ event }: { readonly event: EventView }) {
  const item = eventItem(event)
  const words = <Text>{eventWords(event)}</Text>
  return item ? (
    <a class="event-words" href={linkTo(item.page, item.id)} title={item.words}>
      {words}
    </a>
  ) : (
    <span class="event-words">{words}</span>
  )
}
