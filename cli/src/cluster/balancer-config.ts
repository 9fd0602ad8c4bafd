/** HAProxy's configuration for any number of nodes: what `cluster up` runs and what the compose file mounts are the same text. */

export interface BalancerOptions {
  /** Where clients connect: `127.0.0.1:7411`, or `:7411` for every address. */
  readonly bind: string
  readonly nodes: readonly BalancedNode[]
  /** Through which nodes are taken out and put back while it runs: `unix@balancer.sock`. */
  readonly controlSocket?: string
  /** Asked for the nodes' addresses again and again, where they have names that may move: `127.0.0.11:53`. */
  readonly nameserver?: string
}

export interface BalancedNode {
  readonly name: string
  /** `127.0.0.1:7501`. */
  readonly address: string
}

export const balancerConfig = ({
  bind,
  nodes,
  controlSocket,
  nameserver,
}: BalancerOptions): string => `# Holdpoint's nodes behind one address. Only websockets are used, so any node will do for any client: nothing is sticky.
global
    # Two for each connection; fewer where the system allows fewer.
    fd-hard-limit 40000
    # Two on one port would each get half of the clients: the second is to fail.
    noreuseport${controlSocket === undefined ? '' : `\n    stats socket ${controlSocket} mode 600 level admin`}
    log stdout format raw local0 warning

defaults
    mode http
    log global
    option dontlognull
    timeout http-request 5s
    timeout connect 1s
    timeout client 30s
    timeout server 30s
    timeout check 2s
    # An open websocket: each end gives a sign of life every 10 s.
    timeout tunnel 1m
    # A node that went a moment ago is not what its clients should hear of.
    retries 3
    option redispatch 1
    retry-on conn-failure
${nameserver === undefined ? '' : resolvers(nameserver)}
frontend clients
    bind ${bind}
    option forwardfor
    # Of which node? Ask each by itself.
    http-request return status 404 content-type text/plain string "Each node has metrics of its own: ask it directly." if { path /metrics }
    # None is ready: then their store is slow or away, and it is the same one for all of them. Who comes is let in by any,
    # and told so; turned away here, everybody would come again and again, and keep the nodes too busy to get ready.
    use_backend any if { nbsrv(nodes) eq 0 }
    default_backend nodes

backend nodes
    balance leastconn
    # Ready: it reaches its store, can write there, and is not about to end. One that is not loses its clients to the others.
    # Not sooner than after five looks: a node that is merely busy would lose them for nothing, and make the others busier.
    option httpchk GET /readyz
    http-check expect status 200
    default-server check inter 1s fall 5 rise 1 on-marked-down shutdown-sessions${found(nameserver)}
${servers(nodes)}

backend any
    balance leastconn
    default-server weight 1${found(nameserver)}
${servers(nodes)}
`

const found = (nameserver: string | undefined): string =>
  nameserver === undefined ? '' : ' resolvers names init-addr none'

const servers = (nodes: readonly BalancedNode[]): string =>
  nodes.map(({ name, address }) => `    server ${name} ${address}`).join('\n')

const resolvers = (nameserver: string): string => `
resolvers names
    nameserver local ${nameserver}
    hold valid 5s
    resolve_retries 3
    timeout resolve 1s
    timeout retry 1s
`
