import { Box, type Key, useApp, useInput, useStdout } from 'ink'
import { useEffect, useRef, useState } from 'react'
import { visible } from '../output/visible.ts'
import {
  acknowledgeIntent,
  answerIntent,
  approveIntent,
  denyIntent,
  type Intent,
  pauseIntent,
  respondIntent,
  resumeIntent,
  stopIntent,
} from './actions.ts'
import { AgentTable } from './agent-table.tsx'
import type { ConsoleClient } from './console-client.ts'
import { Details } from './details.tsx'
import { Header } from './header.tsx'
import { Help } from './help.tsx'
import { ITEM_HEIGHT, ItemList } from './item-list.tsx'
import { PromptLine } from './prompt-line.tsx'
import { windowOf } from './rows.ts'
import { ColorContext, Tone } from './tone.tsx'
import { useArguments, useConsole } from './use-console.ts'
import { useOpened } from './use-opened.ts'
import { usePrompt } from './use-prompt.ts'
import { useRows } from './use-rows.ts'

interface Props {
  readonly client: ConsoleClient
  readonly url: string
  readonly color: boolean
}

type Mode = 'lists' | 'details' | 'help'

/** Lines that are always there: header, two headings, message, keys, and one that ink needs below. */
const FIXED_LINES = 6
const MOST_AGENTS = 6

/** The terminal console. */
export function App({ client, url, color }: Props) {
  const { exit } = useApp()
  const { rows: height, columns } = useSize()
  const data = useConsole(client)
  const list = useRows(data.items, data.outcomes)
  const [mode, setMode] = useState<Mode>('lists')
  const [focus, setFocus] = useState<'items' | 'agents'>('items')
  const [agentCursor, setAgentCursor] = useState<string>()
  const [message, setMessage] = useState('')
  const [busy, setBusy] = useState(false)
  const offsets = useRef({ items: 0, agents: 0 })

  const live = data.connection.status === 'live'
  const agent = data.agents.find(({ id }) => id === agentCursor) ?? data.agents[0]
  const agentHeight = Math.max(1, Math.min(MOST_AGENTS, data.agents.length))
  const orderLines = data.orders > 0 ? 1 : 0
  const itemHeight = Math.max(1, Math.floor((height - FIXED_LINES - agentHeight - orderLines) / ITEM_HEIGHT))
  offsets.current.items = windowOf(offsets.current.items, list.at, itemHeight, list.rows.length)
  const agentAt = agent ? data.agents.indexOf(agent) : -1
  offsets.current.agents = windowOf(offsets.current.agents, agentAt, agentHeight, data.agents.length)

  const visibleItems = list.rows
    .slice(offsets.current.items, offsets.current.items + itemHeight)
    .map(({ item }) => item)
  const argumentsOf = useArguments(client, visibleItems)
  const opened = useOpened(client, columns, Math.max(3, height - FIXED_LINES))

  const perform = async (run: () => Promise<string>) => {
    setBusy(true)
    setMessage('Waiting for the control plane …')
    try {
      setMessage(`✓ ${await run()}`)
      setMode('lists')
    } catch (error) {
      setMessage(`✗ ${visible(error instanceof Error ? error.message : String(error))}`)
    } finally {
      setBusy(false)
    }
  }

  const asking = usePrompt((run) => void perform(run))

  const follow = (intent: Intent) => {
    if (!live) return setMessage('Not connected: what you see may be old, so nothing can be decided now.')
    if (busy) return
    if (intent.kind === 'no') return setMessage(intent.why)
    setMessage('')
    if (intent.kind === 'act') void perform(intent.run)
    else asking.ask(intent.prompt)
  }

  const selected = list.selected
  const inDetails = mode === 'details'
  const item = inDetails ? opened.item : selected?.item
  const settled = item && list.settledOf(item.id)
  const targetAgent = focus === 'agents' && !inDetails ? agent?.id : item?.view.agent

  /** Decisions in the details are about what is displayed there, which may be older than what stands now. */
  const decide = (key: string): Intent | undefined => {
    if (item === undefined || (focus === 'agents' && !inDetails)) return undefined
    if (settled !== undefined) return { kind: 'no', why: `It was settled: ${settled}.` }
    if (item.kind === 'ticket') {
      if (key === 'a') return acknowledgeIntent(client, item.view)
      return key === 'r' ? answerIntent(client, item.view) : undefined
    }
    const displayed = inDetails ? (opened.detail ?? item.view) : item.view
    if (key === 'a') return approveIntent(client, displayed, inDetails ? opened.shownWhole : undefined)
    return key === 'd' ? denyIntent(client, displayed) : respondIntent(client, displayed)
  }

  const open = () => {
    if (!selected || selected.settled !== undefined || focus === 'agents') return
    setMessage('')
    opened.open(selected.item)
    setMode('details')
  }

  const back = () => {
    setMode('lists')
    setMessage('')
  }

  const move = (step: 1 | -1) => {
    setMessage('')
    if (focus === 'items') return list.move(step)
    const next = data.agents[Math.min(data.agents.length - 1, Math.max(0, agentAt + step))]
    setAgentCursor(next?.id)
  }

  const press = (input: string, key: Key) => {
    if (key.ctrl && input === 'c') return exit()
    if (asking.take(input, key)) return
    if (input === 'q') return exit()
    if (mode === 'help') return back()
    if (input === '?') return setMode('help')
    if (key.escape) return back()
    const down = key.downArrow || input === 'j'
    const up = key.upArrow || input === 'k'
    if (inDetails) {
      if (input === ' ' || key.pageDown) return opened.turn(1)
      if (input === 'b' || key.pageUp) return opened.turn(-1)
      if (down || up) return opened.scroll(down ? 1 : -1)
    } else {
      if (down || up) return move(down ? 1 : -1)
      if (key.tab) return setFocus(focus === 'items' ? 'agents' : 'items')
      if (key.return) return open()
      if (input === 'o') return list.sort()
    }
    if ('adr'.includes(input) && input.length === 1) {
      const intent = decide(input)
      if (intent) follow(intent)
    }
    if (targetAgent === undefined) return
    if (input === 'p') follow(pauseIntent(client, targetAgent))
    if (input === 's') follow(stopIntent(client, targetAgent))
    if (input === 'u') follow(resumeIntent(client, targetAgent))
  }
  // Through a ref: a handler renewed only after drawing would take a key for what was on screen before.
  const latest = useRef(press)
  latest.current = press
  useInput((input, key) => latest.current(input, key))

  // A prompt that was open when the connection went must not send once it is back: what stands may be another thing.
  const { cancel } = asking
  // biome-ignore lint/correctness/useExhaustiveDependencies: `cancel` is new on each draw and does the same
  useEffect(() => {
    if (!live) cancel()
  }, [live])

  return (
    <ColorContext value={color}>
      <Box flexDirection="column" width={columns} height={height - 1}>
        <Header url={url} connection={data.connection} now={data.now} />
        <Box flexDirection="column" flexGrow={1}>
          {mode === 'help' ? <Help /> : null}
          {inDetails ? <Details {...opened.page} title={opened.title} settled={settled} /> : null}
          {mode === 'lists' ? (
            <>
              <Box flexGrow={1}>
                <ItemList
                  rows={list.rows}
                  offset={offsets.current.items}
                  height={itemHeight}
                  cursor={list.cursor}
                  focused={focus === 'items'}
                  now={data.now}
                  argumentsOf={argumentsOf}
                />
              </Box>
              <AgentTable
                agents={data.agents}
                offset={offsets.current.agents}
                height={agentHeight}
                cursor={agent?.id}
                focused={focus === 'agents'}
                orders={data.orders}
              />
            </>
          ) : null}
        </Box>
        {asking.prompt ? (
          <PromptLine question={asking.prompt.question} text={asking.text} columns={columns} />
        ) : (
          <Tone color={message.startsWith('✗') ? 'red' : message.startsWith('✓') ? 'green' : 'yellow'}>
            {message || ' '}
          </Tone>
        )}
        <Tone dimColor>{keysLine(asking.prompt !== undefined, mode, live)}</Tone>
      </Box>
    </ColorContext>
  )
}

function keysLine(prompting: boolean, mode: Mode, live: boolean): string {
  if (prompting) return 'enter sends  esc back'
  if (mode === 'help') return 'any key back'
  const decisions = live ? 'a approve  d deny  r respond  ' : ''
  if (mode === 'details') return `${decisions}space more  b back up  esc back  q quit`
  const interventions = live ? 'p pause  s stop  u resume  ' : ''
  return `↵ open  ${decisions}${interventions}? help  q quit`
}

const FALLBACK = { rows: 24, columns: 80 }

function useSize(): { rows: number; columns: number } {
  const { stdout } = useStdout()
  const read = () => ({
    rows: stdout.rows || FALLBACK.rows,
    columns: stdout.columns || FALLBACK.columns,
  })
  const [size, setSize] = useState(read)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` closes over stdout alone
  useEffect(() => {
    const resized = () => setSize(read())
    stdout.on('resize', resized)
    return () => void stdout.off('resize', resized)
  }, [stdout])
  return size
}
