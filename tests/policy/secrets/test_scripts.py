"""The pack detects secrets in scripts and configuration files in any language, also compressed or encoded ones."""

import base64
import gzip
import json
import textwrap

import pytest

from policy.secrets.scripts import gives_password
from tests.every_case import every_case

GIVING = (
    "export DB_PASSWORD=hunter22",
    "PGPASSWORD=hunter22 psql -h db",
    'MYSQL_PWD="hunter22" mysqldump orders',
    "docker run -e DB_PASS=hunter22 app",
    "docker run --env=DB_PASS=hunter22 app",
    "java -Dspring.datasource.password=hunter22 -jar app.jar",
    "mysql --password='hunter22'",
    "mysql --password hunter22",
    "mysql -u root -phunter22 orders",
    "sshpass -p hunter22 ssh host",
    "curl -u admin:hunter22 https://example.com",
    "curl -s --user 'admin:hunter22' https://example.com",
    "docker login -u app -p hunter22 registry",
    "redis-cli -h cache -a hunter22 ping",
    "htpasswd -cb /etc/users admin hunter22",
    'echo "root:hunter22" | sudo chpasswd',
    "openssl rsa -passin pass:hunter22",
    "keytool -storepass hunter22",
    "machine example.com login app password hunter22",
    "ENV DB_PASSWORD hunter22",
    "setx API_TOKEN hunter22",
    "SetEnv DB_PASSWORD hunter22",
    "fastcgi_param DB_PASSWORD hunter22;",
    "aws configure set aws_secret_access_key hunter22hunter22",
    "requirepass hunter22",
    "mongosh -u root -p hunter22",
    "ldapsearch -x -w hunter22",
    "useradd -m -p hunter22 app",
    "echo hunter22 | docker login --username app --password-stdin",
    "echo -n 'hunter22' | passwd --stdin root",
    "SET PASSWORD FOR 'app' = 'hunter22'",
    "net user admin Hunter-22 /add",
    '$secure = ConvertTo-SecureString "Hunter-22" -AsPlainText -Force',
    "$password = 'hunter22'",
    'os.environ["DB_PASSWORD"] = "hunter22"',
    "ALTER USER app WITH PASSWORD 'hunter22';",
    "CREATE USER app IDENTIFIED BY 'hunter22';",
    "CREATE USER app IDENTIFIED WITH mysql_native_password BY 'hunter22';",
    "database:\n  host: db\n  password: hunter22\n",
    "database:\n  password: 'hunter 22'\n",
    '{"db": {"password": "hunter22"}}',
    '{"run": ["export X=1", "psql --password \\"hunter22\\""]}',
    "[database]\npassword = swordfish\n",
    "HOST=db\nREDIS_AUTH=hunter22\n",
    "<datasource><password>hunter22</password></datasource>",
    '<add key="Password" value="hunter22"/>',
    "//registry.example.com/:_authToken=hunter22-hunter22",
    'curl -H "X-Api-Key: hunter22hunter22" https://example.com',
    "redis-server --requirepass hunter22",
    "sh -c 'redis-server --appendonly yes --masterauth hunter22'",
    "printf hunter22 | docker login --username app --password-stdin registry",
    "printf '%s\\n' 'hunter22' | docker login --password-stdin",
    "echo hunter22hunter22 | gh auth login --with-token",
    "echo hunter22 | sudo -S apt-get update",
    "docker login -u app --password-stdin <<< hunter22",
    "docker login --password-stdin registry <<<'hunter22'",
    "docker login --password-stdin registry <<EOF\nhunter22\nEOF\n",
    "cat > ~/.pgpass <<EOF\ndb.internal:5432:orders:app:hunter22\nEOF",
    "echo '*:*:*:app:hunter22' > /home/app/.pgpass",
    "#cloud-config\nchpasswd:\n  list: |\n    root:hunter22\n",
    "#cloud-config\nchpasswd:\n  expire: false\n  list:\n    - app:RANDOM\n    - root:hunter22\n",
    "#cloud-config\nchpasswd:\n  users:\n    - {name: root, password: hunter22, type: text}\n",
    "chpasswd <<EOF\nroot:hunter22\nEOF\n",
    "chpasswd <<< 'root:hunter22'",
    "database: {user: app, password: hunter22, host: db}\n",
    'dsn = "Server=db;Uid=app;Pwd=hunter22;"',
    "Data Source=db; User ID=app; pwd = hunter22",
    "rabbitmqctl add_user app hunter22",
    "smbclient //files/share -U app%hunter22",
    "unzip -P hunter22 archive.zip",
    "7z x -phunter22 archive.7z",
    "vault login hunter22hunter22",
    "aws secretsmanager create-secret --name x --secret-string hunter22",
    "aws ssm put-parameter --name x --type SecureString --value hunter22",
    "curl -H 'Authorization: token hunter22hunter22hunter22' https://example.com",
    'curl -H "Authorization: ApiKey hunter22hunter22hunter22" https://example.com',
    '{"kty": "EC", "crv": "P-256", "x": "a", "d": "' + "a1B2" * 11 + '"}',
    'key = {\\"kty\\":\\"OKP\\",\\"d\\":\\"' + "a1B2" * 11 + '\\"}',
    'cat > policy.json <<EOF\n{"Statement": []}\nEOF\nexport DB_PASSWORD=hunter22',
)  # fmt: skip
PLAIN = (
    "docker login -p $TOKEN",
    "docker login --username AWS --password-stdin registry",
    "PASSWORD=$(aws secretsmanager get-secret-value)",
    "PASSWORD=`cat /run/secrets/db`",
    'export PASSWORD="${PASSWORD:?is not set}"',
    'mysql --password="$PASSWORD" -p"$PASSWORD"',
    "docker run --name mysql -p 3306:3306 -u 1000:1000 mysql:8",
    'curl -u "$USER:$TOKEN" https://example.com',
    'git clone "https://$TOKEN:x-oauth-basic@github.com/a/b"',
    'curl -H "X-aws-ec2-metadata-token: $TOKEN" -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" http://169.254.169.254',
    "echo password: ${PASSWORD}",
    'read -s -p "Password: " PW; echo "thank you"',
    "# password: ask the owner of the service",
    "psql --no-password orders",
    "ansible-playbook --ask-pass site.yaml",
    'if [ "$PASSWORD" == "" ]; then exit 1; fi',
    'grep "password=" "/etc/app.conf"',
    "aws ssm get-parameter --name /prod/db/password --with-decryption",
    "password = os.environ['DB_PASSWORD']",
    "password = os.environ.get('DB_PASSWORD')",
    "secret = client.get_secret_value(SecretId=name)",
    "connect(host=host, password=password)",
    "def connect(password: str, token: string): ...",
    'token = "Bearer " + read()',
    "SECRET_NAME=prod/orders TOKEN_TTL=15m PASSWORD_MIN_LENGTH=14",
    "docker pull registry/vault-secret:1.2.3",
    "arn:aws:secretsmanager:us-east-1:1:secret:orders-secret:password::",
    "database:\n  password:\n    valueFrom: arn\n",
    "PASSWORD= psql -h db",
    "PASSWORD_FILE=/run/secrets/db",
    "echo \"$TOKEN\" | docker login --username app --password-stdin",
    "cat token.txt | gh auth login --with-token",
    "mkdir -p /etc/mongo && mongosh --eval 'db.version()'",
    "type: object\nproperties:\n  password:\n    type: string\n",
    '{"properties": {"password": {"type": "string"}}}',
    "redis-server --requirepass $REDIS_PASSWORD",
    "printf '%s' \"$TOKEN\" | docker login --username app --password-stdin",
    "echo yes | sudo -S true",
    "docker login --password-stdin <<< \"$TOKEN\"",
    "docker login --password-stdin <<EOF\n$TOKEN\nEOF",
    "chmod 600 ~/.pgpass && psql postgres://app@db:5432/orders",
    "#cloud-config\nchpasswd:\n  expire: false\n  list:\n    - app:RANDOM\n    - root:$6$salt$hash\n",
    "chpasswd:\n  expire: false\ndocker:\n  - nginx:1.25\n",
    "connect({user: user, password: password, host: host})",
    "vault login -method=aws role=app",
    "vault login $TOKEN",
    "unzip -p archive.zip file",
    "aws secretsmanager create-secret --name x --secret-string file://secret.json",
    "aws ssm put-parameter --name x --type SecureString --value \"$VALUE\"",
    "aws ssm put-parameter --name x --type String --value on",
    "curl -H \"Authorization: token $TOKEN\" https://example.com",
    "# Authorization: token in the header",
    '{"kty": "EC", "crv": "P-256", "x": "' + "a1B2" * 11 + '", "y": "' + "a1B2" * 11 + '"}',
    '{"Statement": [{"Condition": {"StringEquals": {"aws:ResourceTag/Secret": "orders"}}}]}',
    "Condition:\n  StringEquals:\n    aws:RequestTag/Token: orders\n",
)  # fmt: skip


@every_case("script", GIVING)
def test_script_that_gives_a_secret(script: str) -> None:
    assert gives_password(script)


@every_case("script", PLAIN)
def test_script_that_gives_none(script: str) -> None:
    assert not gives_password(script)


def packed(script: str) -> dict[str, str]:
    def encoded(content: bytes) -> str:
        return base64.b64encode(content).decode()

    def folded(content: bytes) -> str:
        return textwrap.indent(base64.encodebytes(content).decode(), "    ")

    part, wide = encoded(script.encode()), script.encode("utf-16-le")
    binary = bytes(range(256)) * 4
    spread = "\n".join(f"# {number * number:x}" for number in range(80))
    zipped = gzip.compress(f"{spread}\n{script}\n".encode())
    return {
        "Base64": part,
        "Base64 in lines": base64.encodebytes((script + "\n" * 80).encode()).decode(),
        "Base64 for URLs": base64.urlsafe_b64encode(f"{script} # ???>>>".encode()).decode(),
        "gzip": encoded(gzip.compress(script.encode())),
        "a file of cloud-init": f"#cloud-config\nwrite_files:\n- path: /etc/x\n  encoding: b64\n  content: {part}\n",
        "a file of cloud-init, packed": encoded(gzip.compress(f"write_files:\n- content: {part}\n".encode())),
        "a letter that is no UTF-8": encoded(b"# caf\xe9\n" + script.encode()),
        "a binary tail": encoded(script.encode() + b"\n" + binary),
        "a binary head": encoded(binary + b"\n" + script.encode()),
        "gzip of a letter that is no UTF-8": encoded(gzip.compress(b"# caf\xe9\n" + script.encode())),
        "gzip without its end": encoded(zipped[:-6]),
        "UTF-16": encoded(b"\xff\xfe" + wide),
        "UTF-16, the other way": encoded(script.encode("utf-16-be")),
        "PowerShell": f"<powershell>powershell.exe -enc {encoded(wide)}</powershell>",
        "a file of cloud-init, gzip in lines": f"write_files:\n- encoding: gz+b64\n  content: |\n{folded(zipped)}\n",
        "the same with Windows' line ends": f"- encoding: gz+b64\n  content: |\n{folded(zipped)}".replace("\n", "\r\n"),
        "Base64 three times": encoded(encoded(part.encode()).encode()),
        "Base64 three times, in a script": f"x=$(echo {encoded(encoded(part.encode()).encode())} | base64 -d)",
        "gzip of Base64 of gzip": encoded(gzip.compress(encoded(gzip.compress(script.encode())).encode())),
        "JSON": json.dumps({"runCommand": [script]}),
    }


@pytest.mark.parametrize("how", packed(""))
def test_packed_script_is_read(how: str) -> None:
    assert gives_password(packed("#!/bin/sh\nexport DB_PASSWORD=hunter22")[how])
    assert not gives_password(packed("#!/bin/sh\nexport DB_HOST=database.internal")[how])
