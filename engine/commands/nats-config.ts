// The configuration of nats-servers that carry one cluster's bus: TLS, one account, the least subjects, and routes among them.

export type NatsConfig = {
  /** CLUSTER_NAME. */
  cluster: string;
  /** The public half of the engines' nkey. */
  userKey: string;
  /** The servers' names, which are in their certificate. */
  hosts: readonly string[];
  routePassword: string;
  /** What has `cert.pem`, `key.pem` and `ca.pem`. */
  folder: string;
};

/** The servers' monitoring is left out: it says who is connected to whoever asks. */
export const natsConfigOf = ({ cluster, userKey, hosts, routePassword, folder }: NatsConfig): string => `port: 4222
# Files of 1 MiB fit into one message.
max_payload: 4MB
tls {
  cert_file: "${folder}/cert.pem"
  key_file: "${folder}/key.pem"
  min_version: "1.3"
}
accounts {
  lucid {
    users = [{ nkey: ${userKey}, permissions: { publish: "lucid.${cluster}.>", subscribe: "lucid.${cluster}.>" } }]
  }
}
cluster {
  name: lucid
  port: 6222
  # Addresses are in no certificate.
  no_advertise: true
  tls {
    cert_file: "${folder}/cert.pem"
    key_file: "${folder}/key.pem"
    ca_file: "${folder}/ca.pem"
    verify: true
    min_version: "1.3"
  }
  authorization { user: route, password: "${routePassword}" }
  routes: [${hosts.map((host) => `"tls://route:${routePassword}@${host}:6222"`).join(', ')}]
}
`;
