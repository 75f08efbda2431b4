CREATE DATABASE IF NOT EXISTS keystone CHARACTER SET utf8mb3;
CREATE DATABASE IF NOT EXISTS neutron CHARACTER SET utf8mb3;
CREATE DATABASE IF NOT EXISTS glance CHARACTER SET utf8mb3;
CREATE USER IF NOT EXISTS rig@'${address}' IDENTIFIED BY '${password}';
ALTER USER rig@'${address}' IDENTIFIED BY '${password}';
GRANT ALL ON keystone.* TO rig@'${address}';
GRANT ALL ON neutron.* TO rig@'${address}';
GRANT ALL ON glance.* TO rig@'${address}';
